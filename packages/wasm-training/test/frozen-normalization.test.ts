// A frozen BatchNormalization under tfjs' own fit: by its own statistics, as in Keras, or as tfjs does by a flag.
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, expect, it } from 'vitest';
import '../src/index.js';

const flag = 'WASM_TRAINING_FROZEN_BATCH_STATISTICS';
beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterEach(() => tf.env().set(flag, false));

const x = () =>
  tf.tensor2d(
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(i) * 3),
    [8, 3],
  );
const y = () =>
  tf.tensor2d(
    Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
    [8, 2],
  );
const sines = (begin: number, shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(begin + i)),
    shape,
  );
/** By the weights' names. */
const values: Readonly<Record<string, (shape: number[]) => tf.Tensor>> = {
  kernel: (shape) => sines(2, shape),
  bias: (shape) => sines(3, shape),
  gamma: (shape) => sines(0, shape),
  beta: (shape) => sines(1, shape),
  moving_mean: (shape) => tf.fill(shape, 5),
  moving_variance: (shape) => tf.fill(shape, 4),
};
const fill = (made: LayersModel) =>
  made.setWeights(
    made.weights.map(({ originalName, shape }) =>
      values[originalName.split('/').at(-1) as string](shape as number[]),
    ),
  );

/** What one step of tfjs' own makes of a model: its loss, its head's kernel, and the averages of its normalization. */
async function step(freeze: (normalization: layers.Layer, body: LayersModel) => void) {
  const normalization = layers.batchNormalization({ inputShape: [3], epsilon: 0 });
  const body = sequential({ layers: [normalization] });
  // A model that comes first is no part of the graph: tfjs takes its layers.
  const first = layers.dense({ units: 3, inputShape: [3] });
  const made = sequential({ layers: [first, body, layers.dense({ units: 2 })] });
  fill(made);
  freeze(normalization, body);
  made.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const loss = (await made.trainOnBatch(x(), y())) as number;
  const told = (await (made.evaluate(x(), y()) as tf.Scalar).data())[0];
  return { loss, told, mean: [...normalization.getWeights()[2].dataSync()], made };
}

it.each([
  ['by itself', (normalization: layers.Layer) => (normalization.trainable = false)],
  ['with the model that it is in', (_: layers.Layer, body: LayersModel) => (body.trainable = false)],
])('frozen %s it keeps its statistics and goes by them', async (_name, freeze) => {
  const { loss, mean, made } = await step(freeze as never);
  expect(mean).toEqual([5, 5, 5]);
  // By hand: a dense layer, γ(h − 5)/2 + β, and the head.
  const dense = (h: tf.Tensor, outputs: number) =>
    tf.add(tf.matMul(h, sines(2, [3, outputs])), sines(3, [outputs]));
  const normalized = tf.add(tf.mul(sines(0, [3]), tf.div(tf.sub(dense(x(), 3), 5), 2)), sines(1, [3]));
  const predicted = dense(normalized, 2);
  const expected = (await tf.losses.meanSquaredError(y(), predicted).data())[0];
  expect(loss).toBeCloseTo(expected, 4);
  made.dispose();
});

it('one that is not frozen goes by the batch, and so does a frozen one by the flag', async () => {
  const free = await step(() => {});
  expect(free.mean).not.toEqual([5, 5, 5]);
  tf.env().set(flag, true);
  const old = await step((normalization) => {
    normalization.trainable = false;
  });
  expect(old.mean).not.toEqual([5, 5, 5]);
  expect(old.loss).toBeCloseTo(free.loss, 5);
});
