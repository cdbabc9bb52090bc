import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import {
  adamStep,
  denseInputGradient,
  denseKernelGradient,
  gatherBatch,
  gatherBatchInto,
  gradientBy,
  momentumStep,
  product,
  rmspropStep,
  scaledRows,
  sumLeading,
} from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, startEngine } from '../src/engine.js';
import { trainingEngine } from '../src/index.js';
import type { WasmBackend } from '../src/tfjs/backend.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const numbers = (count: number, seed: number) => createRng(seed).normal(count);
/** The row-major matrix [rows, columns], or its transpose, number by number. */
const entry = (values: Float32Array, [rows, columns]: number[], transposed: boolean) =>
  transposed
    ? (i: number, j: number) => values[j * columns + i]
    : (i: number, j: number) => (rows > 0 ? values[i * columns + j] : 0);
const inShape = (rows: number, columns: number, transposed: boolean) =>
  transposed ? [columns, rows] : [rows, columns];

/** Σ_p a(i, p) b(p, j), by three plain loops. */
function plainProduct(
  m: number,
  n: number,
  k: number,
  a: ReturnType<typeof entry>,
  b: ReturnType<typeof entry>,
) {
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let p = 0; p < k; p++) result[i * n + j] += a(i, p) * b(p, j);
    }
  }
  return result;
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(found[i] - expected[i])).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(expected[i])));
  }
}

const size = fc.integer({ min: 1, max: 40 });
const shape = fc.record({
  m: size,
  n: size,
  k: fc.integer({ min: 0, max: 40 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1e6 }),
});
const runs = { numRuns: 150, seed: 1 };

/** Both operands, in the order in which they are stored, and the product by plain loops. */
function operands({
  m,
  n,
  k,
  transposeA,
  transposeB,
  seed,
}: typeof shape extends fc.Arbitrary<infer T> ? T : never) {
  const [aShape, bShape] = [inShape(m, k, transposeA), inShape(k, n, transposeB)];
  const [a, b] = [numbers(m * k, seed), numbers(k * n, seed + 1)];
  return {
    a: tf.tensor2d(a, aShape as [number, number]),
    b: tf.tensor2d(b, bShape as [number, number]),
    expected: plainProduct(m, n, k, entry(a, aShape, transposeA), entry(b, bShape, transposeB)),
  };
}

/** Runs, and finds every tensor and every buffer of the backend freed. */
function withoutLeaks(act: () => void): void {
  const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  tf.tidy(act);
  expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
}

describe('the product', () => {
  it('is installed', () => {
    expect(trainingEngine()).toBeDefined();
  });

  it.each(['linear', 'relu', 'relu6', 'tanh', 'hardSigmoid'] as const)(
    'with bias and %s agrees with plain loops, in every transposition',
    (activation) => {
      const f: Record<typeof activation, (a: number) => number> = {
        linear: (a) => a,
        relu: (a) => Math.max(0, a),
        relu6: (a) => Math.min(6, Math.max(0, a)),
        tanh: Math.tanh,
        hardSigmoid: (a) => Math.min(1, Math.max(0, 0.2 * a + 0.5)),
      };
      fc.assert(
        fc.property(shape, fc.boolean(), (given, withBias) => {
          withoutLeaks(() => {
            const { a, b, expected } = operands(given);
            const bias = withBias ? numbers(given.n, given.seed + 2) : undefined;
            const { transposeA, transposeB } = given;
            const found = product(
              { a, b, bias: bias && tf.tensor1d(bias) },
              { transposeA, transposeB, activation },
            );
            expectClose(
              found.dataSync(),
              expected.map((value, i) => f[activation](value + (bias?.[i % given.n] ?? 0))),
            );
          });
        }),
        runs,
      );
    },
  );

  it('serves tf.matMul and tf.fused.matMul, batches too', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 3 }), (given, batch) => {
        withoutLeaks(() => {
          const { a, b, expected } = operands(given);
          const { transposeA, transposeB } = given;
          expectClose(tf.matMul(a, b, transposeA, transposeB).dataSync(), expected);
          const many = (x: tf.Tensor2D) => tf.stack(new Array(batch).fill(x)) as tf.Tensor3D;
          const product3d = tf.matMul(many(a), many(b), transposeA, transposeB);
          expect(product3d.shape).toEqual([batch, given.m, given.n]);
          expectClose(product3d.dataSync().slice(-expected.length), expected);
          const bias = tf.ones([given.n]) as tf.Tensor1D;
          const fused = tf.fused.matMul({ a, b, transposeA, transposeB, bias, activation: 'relu' });
          expectClose(
            fused.dataSync(),
            expected.map((value) => Math.max(0, value + 1)),
          );
        });
      }),
      { ...runs, examples: [[{ m: 5, n: 9, k: 3, transposeA: true, transposeB: true, seed: 1 }, 2]] },
    );
  });

  it('leaves to tfjs what it does not serve: batches that broadcast, other activations', () => {
    tf.tidy(() => {
      expect(tf.matMul(tf.ones([2, 3, 4]), tf.ones([1, 4, 5])).shape).toEqual([2, 3, 5]);
      const elu = tf.fused.matMul({ a: tf.ones([2, 3]), b: tf.fill([3, 2], -1), activation: 'elu' });
      expectClose(elu.dataSync(), new Array(4).fill(Math.exp(-3) - 1));
    });
  });

  it('goes on when the memory has grown', () => {
    tf.tidy(() => {
      const { a, b, expected } = operands({
        m: 7,
        n: 11,
        k: 5,
        transposeA: true,
        transposeB: false,
        seed: 4,
      });
      product({ a, b }, { transposeA: true });
      const large = Array.from({ length: 20 }, () => tf.zeros([1024, 1024]));
      expectClose(product({ a, b }, { transposeA: true }).dataSync(), expected);
      expect(large[19].dataSync()[0]).toBe(0);
    });
  });
});

describe('gradients of dense layers', () => {
  it('agree with the portable forms, and add to a variable in place', () => {
    fc.assert(
      fc.property(shape, fc.double({ min: -2, max: 2, noNaN: true }), ({ m, n, k, seed }, scale) => {
        fc.pre(k > 0);
        withoutLeaks(() => {
          const input = tf.tensor2d(numbers(m * k, seed), [m, k]);
          const delta = tf.tensor2d(numbers(m * n, seed + 1), [m, n]);
          const kernel = tf.tensor2d(numbers(k * n, seed + 2), [k, n]);
          const plain = denseKernelGradient.portable({ input, delta }, {}).dataSync();
          expectClose(denseKernelGradient({ input, delta }, {}).dataSync(), plain);
          expectClose(
            denseInputGradient({ delta, kernel }, {}).dataSync(),
            denseInputGradient.portable({ delta, kernel }, {}).dataSync(),
          );
          expectClose(
            sumLeading({ x: delta }, {}).dataSync(),
            sumLeading.portable({ x: delta }, {}).dataSync(),
          );
          const variable = tf.variable(kernel);
          const start = kernel.dataSync();
          gradientBy(denseKernelGradient, { input, delta }, {}).addTo(variable, scale, 0.5);
          expectClose(
            variable.dataSync(),
            start.map((value, i) => 0.5 * value + scale * plain[i]),
          );
          variable.dispose();
        });
      }),
      runs,
    );
  });

  it('never write where a clone or a reshape of the variable would see it', () => {
    const variable = tf.variable(tf.ones([3, 2]));
    const [clone, flat] = [tf.clone(variable), tf.reshape(variable, [6])];
    const gradient = gradientBy(denseKernelGradient, { input: tf.ones([4, 3]), delta: tf.ones([4, 2]) }, {});
    gradient.addTo(variable, -1, 1);
    expectClose(variable.dataSync(), new Array(6).fill(-3));
    expectClose(clone.dataSync(), new Array(6).fill(1));
    expectClose(flat.dataSync(), new Array(6).fill(1));
    gradient.addTo(variable, -1, 1);
    expectClose(variable.dataSync(), new Array(6).fill(-7));
  });
});

it('a variable that shares its numbers gets its own once, and nothing is left of the change', () => {
  const start = tf.ones([3, 2]);
  const variable = tf.variable(start);
  const [input, delta] = [tf.ones([4, 3]), tf.ones([4, 2])];
  const step = () => gradientBy(denseKernelGradient, { input, delta }, {}).addTo(variable, -1, 1);
  step();
  const after = tf.memory().numTensors;
  const { dataId } = variable;
  step();
  expect(variable.dataId).toBe(dataId);
  expect(tf.memory().numTensors).toBe(after);
  expectClose(start.dataSync(), new Array(6).fill(1));
});

it('Adam agrees with its portable form over twenty steps', () => {
  const slots = () =>
    [0, 1, 2].map((i) => tf.variable(i === 0 ? tf.tensor1d(numbers(13, 1)) : tf.zeros([13])));
  const [ours, portable] = [slots(), slots()];
  for (let step = 1; step <= 20; step++) {
    const gradient = tf.tensor1d(numbers(13, 100 + step));
    const attributes = { learningRate: 0.05, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, step };
    const inputs = ([variable, mean, meanSquare]: tf.Variable[]) => ({
      variable,
      mean,
      meanSquare,
      gradient,
    });
    adamStep(inputs(ours), attributes);
    tf.tidy(() => adamStep.portable(inputs(portable), attributes));
  }
  ours.forEach((slot, i) => {
    expectClose(slot.dataSync(), portable[i].dataSync());
  });
});

it('a tensor for which there is no memory is an error', () => {
  const backend = tf.backend() as unknown as WasmBackend;
  let isFull = false;
  const wasm = Object.create(backend.wasm, {
    _malloc: { writable: true, value: (bytes: number) => (isFull ? 0 : backend.wasm._malloc(bytes)) },
  });
  const dataIdNextNumber = {
    get: () => backend.dataIdNextNumber,
    set: (next: number) => {
      backend.dataIdNextNumber = next;
    },
  };
  const full: WasmBackend = Object.create(backend, { wasm: { value: wasm }, dataIdNextNumber });
  const engine = startEngine(full, { threads: 1, relaxed: false, grain: 1 }) as Engine;
  const shared = tf.variable(tf.ones([3, 5]));
  const clone = shared.clone();
  isFull = true;
  const message = 'no 60 bytes left. Dispose of tensors';
  expect(() => engine.output([3, 5])).toThrow(message);
  expect(() => full.makeOutput([3, 5], 'float32')).toThrow(message);
  expect(() => engine.owned(shared)).toThrow(message);
  expect(() => engine.output([0, 5])).not.toThrow();
  isFull = false;
  expect(clone.dataSync().every((value) => value === 1)).toBe(true);
  expect(shared.dataSync().every((value) => value === 1)).toBe(true);
  tf.dispose([shared, clone]);
});

it('a batch is gathered into a tensor that there is', () => {
  const given = { rowShape: [2, 3], scale: [2, 1, 0.5], offset: [0, 1, 2] };
  const source = Uint8Array.from({ length: 60 }, (_, i) => i * 4);
  const place = gatherBatch({}, { ...given, source, rows: Uint32Array.of(0, 1, 2) });
  const before = { ...tf.memory() };
  const attributes = { ...given, source, rows: Uint32Array.of(9, 0, 4) };
  expect(gatherBatchInto(place, attributes)).toBe(true);
  expectClose(place.dataSync(), scaledRows(attributes));
  expect(tf.memory().numTensors).toBe(before.numTensors);
  place.dispose();
});

it('stock model.fit on wasm gives the weights that it gives on cpu', async () => {
  const fit = async (backend: string) => {
    await tf.setBackend(backend);
    const kernelInitializer = (seed: number) => ({ className: 'GlorotUniform', config: { seed } }) as never;
    const model = sequential({
      layers: [
        layers.dense({
          units: 9,
          activation: 'relu',
          inputShape: [6],
          kernelInitializer: kernelInitializer(1),
        }),
        layers.dense({ units: 3, activation: 'softmax', kernelInitializer: kernelInitializer(2) }),
      ],
    });
    model.compile({ optimizer: tf.train.sgd(0.5), loss: 'categoricalCrossentropy' });
    const x = tf.tensor2d(numbers(60, 3), [10, 6]);
    const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 'int32'), 3), 'float32');
    await model.fit(x, y, { epochs: 5, shuffle: false, verbose: 0 });
    return model.getWeights().map((weight) => weight.dataSync());
  };
  const [onCpu, onWasm] = [await fit('cpu'), await fit('wasm')];
  onWasm.forEach((weights, i) => {
    expectClose(weights, onCpu[i]);
  });
});

it.each([5, 16, 1000])('what optimizers remember of units that died goes to nothing: %i of them', (count) => {
  const gradient = tf.tensor1d([...Array(count).fill(0), Number.NaN, -2]);
  const slots = [1e-28, 1e-34, 1e-28, 1e-34].map((value) => tf.variable(tf.fill(gradient.shape, value)));
  const [mean, meanSquare, velocity, rmsSquare] = slots;
  const variables = [1, 2, 3].map(() => tf.variable(tf.onesLike(gradient)));
  const attributes = { learningRate: 0.1, beta1: 0.9, beta2: 0.5, epsilon: 1e-8 };
  for (let step = 1; step <= 130; step++) {
    adamStep({ variable: variables[0], mean, meanSquare, gradient }, { ...attributes, step });
    momentumStep(
      { variable: variables[1], velocity, gradient },
      { learningRate: 0.1, momentum: 0.9, nesterov: false },
    );
    rmspropStep(
      { variable: variables[2], meanSquare: rmsSquare, gradient },
      { learningRate: 0.1, decay: 0.5, epsilon: 1e-8 },
    );
  }
  for (const slot of slots) {
    const numbers = slot.dataSync();
    expect(numbers.slice(0, count).every((value) => value === 0)).toBe(true);
    // A number that is none stays none, and others are as they were.
    expect(numbers[count]).toBeNaN();
    expect(Math.abs(numbers[count + 1])).toBeGreaterThan(1.9);
  }
  for (const variable of variables) {
    expect(variable.dataSync().slice(0, count)).toEqual(new Float32Array(count).fill(1));
  }
  tf.dispose([...slots, ...variables, gradient]);
});
