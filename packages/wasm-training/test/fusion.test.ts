// The mask of an activation's derivative in a product's last store, against the two kernels one after the other.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { createRng } from '@feedalign/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { activationNumbers, type FastActivation } from '../src/activations.js';
import { type Engine, startEngine } from '../src/engine.js';
import { activation } from '../src/kernels/activation.js';
import { dense } from '../src/kernels/dense.js';
import { recorderOver } from '../src/recording/recorder.js';
import type { WasmBackend } from '../src/tfjs/backend.js';

let engine: Engine;
/** Calls in each program that was run again. */
let replayed: number[] = [];

beforeAll(async () => {
  await tf.setBackend('wasm');
  const options = { threads: 1, relaxed: false, grain: 1 };
  const started = startEngine(tf.backend() as unknown as WasmBackend, options) as Engine;
  const replay: Engine['replay'] = (program, calls, local) => {
    replayed.push(calls);
    started.replay(program, calls, local);
  };
  engine = Object.create(started, { replay: { value: replay } });
});

interface Given {
  readonly a: tf.Tensor;
  readonly b: tf.Tensor;
  readonly y: tf.Tensor;
}

const drawn = (shape: readonly number[], seed: number) =>
  tf.tensor(createRng(seed).normal(shape[0] * shape[1]), [...shape] as [number, number]);
const given = (m: number, n: number, k: number, seed: number): Given => ({
  a: drawn([m, k], seed),
  b: drawn([k, n], seed + 1),
  y: drawn([m, n], seed + 2),
});

/** δ = (ab) ⊙ f′, and what reads the signal beside. */
function delta({ a, b, y }: Given, name: FastActivation, beside = false): Record<string, tf.Tensor> {
  const kernels = { ...dense(engine), ...activation(engine) };
  const tensorOf = (info: unknown) =>
    tf.engine().makeTensorFromTensorInfo(info as tf.TensorInfo) as tf.Tensor;
  const signal = tensorOf(kernels.FeedalignProduct({ a, b }, {}));
  const masked = tensorOf(kernels.FeedalignActivationGradient({ signal, y }, { activation: name }));
  return beside ? { masked, sum: tensorOf(kernels.FeedalignSumLeading({ x: signal }, {})) } : { masked };
}

/** The same, recorded with one draw and run again with another. */
function repeatedly(first: Given, second: Given, name: FastActivation, beside = false) {
  replayed = [];
  const { recorded } = recorderOver(engine, () => true).record([first.a, first.b, first.y], ([a, b, y]) =>
    delta({ a, b, y }, name, beside),
  );
  const results = recorded?.run([second.a, second.b, second.y]) ?? {};
  const found = Object.values(results).map((each) => [...each.dataSync()]);
  recorded?.dispose();
  return found;
}

const dimension = fc.integer({ min: 1, max: 40 });
const names = Object.keys(activationNumbers) as FastActivation[];

describe('a product whose result is masked', () => {
  it('is one kernel less when it is run again, bit for bit the same', () => {
    const inner = fc.oneof(dimension, fc.integer({ min: 1020, max: 2050 }));
    fc.assert(
      fc.property(dimension, dimension, inner, fc.constantFrom(...names), fc.nat(), (m, n, k, name, seed) => {
        tf.tidy(() => {
          const [first, second] = [given(m, n, k, seed), given(m, n, k, seed + 9)];
          const expected = [...delta(second, name).masked.dataSync()];
          expect(repeatedly(first, second, name)).toEqual([expected]);
          // Packing and the product.
          expect(replayed).toEqual([2]);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('stays two kernels where something else reads the signal', () => {
    tf.tidy(() => {
      const [first, second] = [given(7, 9, 5, 1), given(7, 9, 5, 2)];
      const { masked, sum } = delta(second, 'tanh', true);
      const expected = [[...masked.dataSync()], [...sum.dataSync()]];
      expect(repeatedly(first, second, 'tanh', true)).toEqual(expected);
      expect(replayed).toEqual([4]);
    });
  });
});
