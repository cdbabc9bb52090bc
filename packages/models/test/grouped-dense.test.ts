import * as tf from '@tensorflow/tfjs-core';
import {
  initializers,
  input,
  layers,
  loadLayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { GroupedDense, type GroupedDenseSettings } from '../src/index.js';
import { fileSystem } from '../src/node.js';
import { onCpu, temporaryFolder, weightsOf } from './support.js';

onCpu();
const path = temporaryFolder();

function over(inputShape: number[], settings: GroupedDenseSettings) {
  const x = input({ shape: inputShape });
  return model({ inputs: x, outputs: new GroupedDense(settings).apply(x) as SymbolicTensor });
}

it('is a dense layer whose kernel is zero between groups', () => {
  const grouped = over([2, 6], { units: 9, groups: 3, activation: 'tanh', biasInitializer: 'randomNormal' });
  expect(grouped.outputShape).toEqual([null, 2, 9]);
  const [kernel, bias] = grouped.getWeights();
  expect([kernel.shape, bias.shape]).toEqual([[3, 2, 3], [9]]);
  const whole = tf.buffer([6, 9]);
  kernel.dataSync().forEach((value, place) => {
    const [group, i, j] = [Math.floor(place / 6), Math.floor(place / 3) % 2, place % 3];
    whole.set(value, 2 * group + i, 3 * group + j);
  });
  tf.tidy(() => {
    const x = input({ shape: [2, 6] });
    const dense = layers.dense({ units: 9, activation: 'tanh' });
    const plain = model({ inputs: x, outputs: dense.apply(x) as SymbolicTensor });
    dense.setWeights([whole.toTensor(), bias]);
    const given = tf.randomNormal([4, 2, 6], 0, 1, 'float32', 3);
    const [found, expected] = [grouped, plain].map((each) => (each.predict(given) as tf.Tensor).dataSync());
    for (const [place, value] of expected.entries()) expect(found[place]).toBeCloseTo(value, 5);
  });
});

it('joins another axis, with permutations around it', () => {
  const made = over([3, 4, 2], { units: 6, groups: 2, axis: 2, biasInitializer: 'randomNormal' });
  expect(made.outputShape).toEqual([null, 3, 6, 2]);
  tf.tidy(() => {
    const x = input({ shape: [3, 4, 2] });
    const grouped = new GroupedDense({ units: 6, groups: 2 });
    const last = layers.permute({ dims: [1, 3, 2] }).apply(x);
    const back = layers
      .permute({ dims: [1, 3, 2] })
      .apply(grouped.apply(last as SymbolicTensor) as SymbolicTensor);
    const permuted = model({ inputs: x, outputs: back as SymbolicTensor });
    permuted.setWeights(made.getWeights());
    const given = tf.randomNormal([2, 3, 4, 2], 0, 1, 'float32', 3);
    const [found, expected] = [made, permuted].map((each) => (each.predict(given) as tf.Tensor).dataSync());
    expect(found).toEqual(expected);
  });
});

it('takes inputs of any rank from 2 on, and learns by tfjs itself', async () => {
  for (const shape of [[4], [3, 4], [2, 3, 4]]) {
    const made = over(shape, { units: 6, groups: 2, useBias: false });
    made.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const [x, y] = [tf.ones([2, ...shape]), tf.ones([2, ...shape.slice(0, -1), 6])];
    const losses = [await made.trainOnBatch(x, y), await made.trainOnBatch(x, y)] as number[];
    expect(losses[1]).toBeLessThan(losses[0]);
    expect(made.countParams()).toBe(12);
    made.dispose();
  }
});

it('is saved and loaded with all its settings', async () => {
  const made = over([4], {
    units: 6,
    groups: 2,
    axis: 1,
    activation: 'relu',
    useBias: false,
    kernelInitializer: initializers.randomUniform({ minval: 0.1, maxval: 1, seed: 1 }),
    kernelRegularizer: 'l1l2',
    kernelConstraint: 'nonNeg',
  });
  await made.save(fileSystem(path('grouped')));
  const loaded = await loadLayersModel(fileSystem(path('grouped')));
  expect(loaded.layers[1].getConfig()).toEqual(made.layers[1].getConfig());
  expect(loaded.layers[1].getClassName()).toBe('GroupedDense');
  expect(weightsOf(loaded)).toEqual(weightsOf(made));
});

it('draws its kernel by the fans of a group', () => {
  const largest = (kernelInitializer: ReturnType<typeof initializers.heUniform>) => {
    const [kernel] = over([64], { units: 32, groups: 4, kernelInitializer }).getWeights();
    return tf.max(tf.abs(kernel)).dataSync()[0];
  };
  expect(largest(initializers.heUniform({ seed: 1 }))).toBeCloseTo(Math.sqrt(6 / 16), 2);
  expect(largest(initializers.glorotUniform({ seed: 1 }))).toBeCloseTo(Math.sqrt(6 / (16 + 8)), 2);
  expect(largest(initializers.constant({ value: 0.5 }))).toBe(0.5);
});

it.each<[number[], GroupedDenseSettings, RegExp]>([
  [
    [6],
    { name: 'mixed', units: 8, groups: 3 },
    /'mixed' .* 8 units, which 3 groups do not divide.* multiple of 3/,
  ],
  [[7], { name: 'mixed', units: 9, groups: 3 }, /'mixed' .* 7 inputs, which 3 groups do not divide/],
  ...[0, 2, -2, 0.5].map((axis): [number[], GroupedDenseSettings, RegExp] => [
    [6],
    { name: 'mixed', units: 6, groups: 2, axis },
    /'mixed' .* the axis -?[\d.]+, but takes inputs of 2 axes/,
  ]),
  ...[0, -2, 1.5, Number.NaN].map((groups): [number[], GroupedDenseSettings, RegExp] => [
    [6],
    { name: 'mixed', units: 6, groups },
    /'mixed' .* groups\. Give a whole number/,
  ]),
])('refuses inputs %j with %j', (shape, settings, message) => {
  const attempt = () => over(shape, settings);
  expect(attempt).toThrow(expect.objectContaining({ name: 'FeedalignError', code: 'invalid-option' }));
  expect(attempt).toThrow(message);
});
