import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createModel, lenet5, mlp, models } from '../src/index.js';
import { onCpu, weightsOf } from './support.js';

onCpu();

const digits = { inputShape: [28, 28, 1], classes: 10 };
const layersOf = (written: string, options = digits) =>
  createModel(written, options).layers.map((layer) => [layer.getClassName(), layer.outputShape.slice(1)]);

describe('the sizes of models', () => {
  it.each([
    ['mlp:112,16', digits, 784 * 112 + 112 + (112 * 16 + 16) + (16 * 10 + 10)],
    ['mlp:112,16', digits, 89_898],
    ['mlp:', digits, 7850],
    ['mlp', { inputShape: [2], classes: 3 }, 9],
    ['lenet5', digits, 61_706],
    ['lenet5', { inputShape: [32, 32, 1], classes: 10 }, 61_706],
    ['lenet5', { inputShape: [32, 32, 3], classes: 10 }, 62_006],
  ])('%s for %j has %i numbers', (written, options, count) => {
    expect(createModel(written, options).countParams()).toBe(count);
  });

  it('LeNet-5 has its layers', () => {
    expect(layersOf('lenet5')).toEqual([
      ['Conv2D', [28, 28, 6]],
      ['MaxPooling2D', [14, 14, 6]],
      ['Conv2D', [10, 10, 16]],
      ['MaxPooling2D', [5, 5, 16]],
      ['Flatten', [400]],
      ['Dense', [120]],
      ['Dense', [84]],
      ['Dense', [10]],
    ]);
    expect(layersOf('lenet5', { inputShape: [32, 32, 1], classes: 10 })).toEqual(layersOf('lenet5'));
  });

  it('every model ends in a softmax, and its hidden layers have the activation asked for', () => {
    for (const name of Object.keys(models)) {
      const activations = createModel(name === 'mlp' ? 'mlp:5,4' : name, { ...digits, activation: 'tanh' })
        .layers.map((layer) => layer.getConfig().activation)
        .filter((activation) => activation !== undefined);
      expect(activations.pop(), name).toBe('softmax');

      // ResNet's convolutions go to a normalization first.
      const expected = name === 'resnet20' ? ['linear', 'tanh'] : ['tanh'];
      expect(new Set(activations), name).toEqual(new Set(expected));
    }
    expect(mlp([5], digits).layers.map((layer) => layer.getConfig().activation)).toContain('relu');
  });

  it.each(['mlp:5', 'lenet5'])('%s gives probabilities', (written) => {
    tf.tidy(() => {
      const predicted = createModel(written, digits).predict(tf.randomNormal([2, 28, 28, 1])) as tf.Tensor;
      expect(predicted.shape).toEqual([2, 10]);
      for (const sum of tf.sum(predicted, 1).dataSync()) expect(sum).toBeCloseTo(1, 5);
    });
  });
});

describe('seeds', () => {
  it.each<[string, (seed?: number) => ReturnType<typeof mlp>]>([
    ['mlp', (seed) => mlp([6, 5], { inputShape: [4, 3], classes: 3, seed })],
    ['lenet5', (seed) => lenet5({ inputShape: [28, 28, 1], classes: 3, seed })],
  ])('%s: the same weights of the same seed, others of another', (_name, make) => {
    const first = weightsOf(make(1));
    expect(weightsOf(make(1))).toEqual(first);
    const other = weightsOf(make(2));
    // Kernels and biases take turns; biases are zero.
    first.forEach((values, i) => {
      if (i % 2 === 1) expect(values.every((value) => value === 0)).toBe(true);
      else expect(other[i]).not.toEqual(values);
    });
    expect(weightsOf(make())).toEqual(weightsOf(make(0)));
  });

  it('give each layer numbers of its own, within Glorot’s limits', () => {
    const [first, , second] = weightsOf(mlp([40, 40], { inputShape: [40], classes: 2, seed: 1 }));
    expect(first).not.toEqual(second);
    const limit = Math.sqrt(6 / 80);
    for (const values of [first, second]) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeLessThanOrEqual(limit + 1e-6);
      expect(largest).toBeGreaterThan(0.95 * limit);
    }
  });
});

describe('createModel refuses', () => {
  it.each(['resnet', '', 'toString', 'MLP:3', ':5'])(
    "the name '%s', and tells how models are written",
    (written) => {
      const attempt = () => createModel(written, digits);
      expect(attempt).toThrow(expect.objectContaining({ name: 'FeedalignError', code: 'unknown-name' }));
      for (const { usage } of Object.values(models)) expect(attempt).toThrow(usage);
    },
  );

  it.each(['mlp:0', 'mlp:-3', 'mlp:1.5', 'mlp:12,', 'mlp:a', 'mlp:3,,4', 'mlp:3:4', 'lenet5:3'])(
    "'%s'",
    (written) => {
      expect(() => createModel(written, digits)).toThrow(
        expect.objectContaining({ name: 'FeedalignError', code: 'invalid-option' }),
      );
    },
  );

  it.each([[[27, 28, 1]], [[28, 27, 1]], [[28, 28]], [[784]]])(
    'lenet5 for examples of shape %j',
    (inputShape) => {
      const attempt = () => createModel('lenet5', { inputShape, classes: 10 });
      expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
      expect(attempt).toThrow(`[${inputShape}]`);
    },
  );
});
