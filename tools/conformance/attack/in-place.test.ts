// Weights that are changed in place are what tfjs' kernels on wasm compute with from then on, whatever they keep of them.
import { accumulateStep, momentumStep, useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { type Call, made, written } from '../src/attack/call.js';
import { type Dice, dice } from '../src/attack/dice.js';
import { expectNone } from '../src/attack/judge.js';
import { times } from '../src/attack/length.js';
import { bitsOf } from '../src/attack/networks.js';
import { stockCalls } from '../src/attack/stock-calls.js';

beforeAll(async () => {
  await useBackend('wasm');
});

const some = (shape: readonly number[]) => ({ shape });
const binary = (chance: Dice): Call => {
  const shape = chance.shape(2, 6);
  return { inputs: { a: some(shape), b: { shape, values: 'positive' } }, attributes: {} };
};

/** Kernels of tfjs' own that take what may be weights. */
const own: Readonly<Record<string, (chance: Dice) => Call>> = {
  FusedBatchNorm: (chance) => {
    const shape = chance.shape(4, 5);
    const channels = shape.slice(-1);
    return {
      inputs: {
        x: some(shape),
        mean: some(channels),
        variance: { shape: channels, values: 'positive' },
        offset: some(channels),
        scale: some(channels),
      },
      attributes: { varianceEpsilon: 1e-3 },
    };
  },
  Conv3D: (chance) => ({
    inputs: { x: some([1, 4, 5, 4, 2]), filter: some([...chance.shape(3, 3), 2, 3]) },
    attributes: { strides: [1, 1, 1], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] },
  }),
  Conv3DBackpropInputV2: (chance) => {
    const filter = [...chance.shape(3, 3), 2, 3];
    return {
      inputs: { dy: some([1, 4, 5, 4, 3]), filter: some(filter) },
      attributes: { strides: [1, 1, 1], pad: 'same', inputShape: [1, 4, 5, 4, 2] },
    };
  },
  Dilation2D: (chance) => {
    const channels = chance.int(1, 4);
    return {
      inputs: { x: some([1, 6, 6, channels]), filter: some([2, 3, channels]) },
      attributes: { strides: [1, 1], pad: 'valid', dilations: [1, 1] },
    };
  },
  ResizeBilinear: () => ({
    inputs: { images: some([1, 4, 4, 3]) },
    attributes: { size: [7, 7], alignCorners: false, halfPixelCenters: false },
  }),
  LeakyRelu: (chance) => ({ inputs: { x: some(chance.shape(2, 6)) }, attributes: { alpha: 0.2 } }),
  Select: (chance) => {
    const shape = chance.shape(2, 6);
    return {
      inputs: { condition: { shape, dtype: 'bool' }, t: some(shape), e: some(shape) },
      attributes: {},
    };
  },
  Transpose: (chance) => ({ inputs: { x: some(chance.shape(2, 6)) }, attributes: { perm: [1, 0] } }),
  Softmax: (chance) => ({ inputs: { logits: some(chance.shape(2, 6)) }, attributes: { dim: 1 } }),
  Maximum: binary,
  Minimum: binary,
  Pow: (chance) => {
    const shape = chance.shape(2, 6);
    return {
      inputs: { a: { shape, values: 'positive' }, b: some(shape) },
      attributes: {},
    };
  },
};
const rows = Object.entries({ ...stockCalls, ...own });

/** Ways to change a variable in place. */
const updates: Readonly<Record<string, (variable: tf.Variable, value: tf.Tensor) => void>> = {
  accumulateStep: (variable, value) => accumulateStep({ variable, value }, { scale: 0.5, keep: 0.9 }),
  momentumStep: (variable, gradient) => {
    const velocity = tf.variable(tf.zerosLike(variable));
    momentumStep({ variable, velocity, gradient }, { learningRate: 0.5, momentum: 0.9, nesterov: false });
    velocity.dispose();
  },
};

it.each(rows)('%s', (name, row) => {
  const faults: string[] = [];
  const run = (inputs: Record<string, tf.Tensor>, { attributes }: Call) =>
    tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;
  for (let i = 0; i < times(15, 200); i++) {
    const call = row(dice('in place', name, i));
    for (const [role, operand] of Object.entries(call.inputs)) {
      if ((operand.dtype ?? 'float32') !== 'float32' || typeof operand.values === 'number') continue;
      for (const [how, update] of Object.entries(updates)) {
        tf.tidy(() => {
          const { given } = made(call, i);
          const variable = tf.variable(given[role]);
          const inputs = { ...given, [role]: variable };
          // Twice: what is kept is kept at the first call.
          run(inputs, call);
          run(inputs, call);
          const count = variable.size;
          const values = createRng(i).uniform(count, 0.1, how === 'momentumStep' ? 0.2 : 1);
          update(variable, tf.tensor(values, variable.shape));
          const changed = run(inputs, call);
          const fresh = tf.tensor(variable.dataSync().slice(), variable.shape);
          if (bitsOf(changed) !== bitsOf(run({ ...given, [role]: fresh }, call))) {
            faults.push(`${role} by ${how} — ${written(call)}`);
          }
          variable.dispose();
        });
      }
    }
  }
  expectNone(faults);
  expect(rows.length).toBeGreaterThan(30);
});
