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
    ['lenet-c5', digits, 61_706],
    ['lenet-c5', { inputShape: [32, 32, 1], classes: 10 }, 61_706],
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

  it('has a third convolution in the other form, drawn by the fans of one', () => {
    expect(layersOf('lenet-c5', { inputShape: [32, 32, 1], classes: 10 })).toEqual([
      ...layersOf('lenet5').slice(0, 4),
      ['Conv2D', [1, 1, 120]],
      ['Flatten', [120]],
      ...layersOf('lenet5').slice(6),
    ]);
    const largest = (written: string, layer: number) =>
      tf
        .max(tf.abs(createModel(written, { ...digits, seed: 1 }).layers[layer].getWeights()[0]))
        .dataSync()[0];
    expect(largest('lenet-c5', 4) / Math.sqrt(6 / (400 + 3000))).toBeCloseTo(1, 2);
    expect(largest('lenet5', 5) / Math.sqrt(6 / (400 + 120))).toBeCloseTo(1, 2);
  });

  // Counted as the papers and torchvision do: without the running statistics of normalizations.
  it.each([
    ['vgg8b', [28, 28, 1], 10, 7_326_218],
    ['vgg8b', [32, 32, 3], 10, 8_901_386],
    ['vgg11', [32, 32, 3], 10, 9_231_114],
    ['vgg16', [32, 32, 3], 10, 14_728_266],
    ['resnet18', [32, 32, 3], 10, 11_173_962],
    ['resnet18', [64, 64, 3], 1000, 11_689_512],
    ['resnet20', [32, 32, 3], 10, 272_474],
    ['resnet32', [32, 32, 3], 10, 466_906],
    ['resnet56', [32, 32, 3], 10, 855_770],
    ['resnet50', [32, 32, 3], 10, 23_520_842],
    ['resnet50', [64, 64, 3], 1000, 25_557_032],
    ['mobilenetv2', [32, 32, 3], 1000, 3_504_872],
    ['vit', [32, 32, 3], 10, 204_490],
    ['lstm:128', [28, 28, 1], 10, 81_674],
  ])('%s for %j and %i classes has %i numbers that learn', (written, inputShape, classes, count) => {
    const model = createModel(written, { inputShape, classes, initialWeights: 'zero' });
    const learning = model.trainableWeights.map(({ shape }) => tf.util.sizeFromShape(shape as number[]));
    expect(learning.reduce((sum, size) => sum + size, 0)).toBe(count);
    model.dispose();
  });

  it('every model ends in a softmax, and its hidden layers have the activation asked for', () => {
    for (const { usage } of Object.values(models)) {
      const options = { inputShape: [32, 32, 3], classes: 10, activation: 'tanh', width: 0.05 } as const;
      const model = createModel(usage, options);
      const activations = model.layers
        .map((layer) => layer.getConfig().activation)
        .filter((activation) => activation !== undefined);
      expect(activations.pop(), usage).toBe('softmax');
      // Convolutions go to a normalization first, and some projections have none.
      expect(new Set(activations), usage).toContain('tanh');
      expect(
        [...activations].filter((each) => each !== 'linear' && each !== 'tanh'),
        usage,
      ).toEqual([]);
      model.dispose();
    }
    expect(mlp([5], digits).layers.map((layer) => layer.getConfig().activation)).toContain('relu');
  });

  it('a width is a factor on every hidden layer', () => {
    const widths = (width: number) =>
      mlp([100, 7], { ...digits, width }).layers.map((layer) => layer.outputShape.at(-1));
    expect(widths(0.5)).toEqual([1, 784, 50, 4, 10]);
    expect(widths(0.001)).toEqual([1, 784, 1, 1, 10]);
  });

  it('the output has the activation asked for', () => {
    for (const usage of ['mlp:5', 'lenet5', 'lenet-c5', 'vit']) {
      const model = createModel(usage, { ...digits, width: 0.1, outputActivation: 'sigmoid' });
      expect(model.layers.at(-1)?.getConfig().activation).toBe('sigmoid');
    }
  });

  it('weights may start at zero, biases and all', () => {
    for (const values of weightsOf(mlp([6, 5], { ...digits, initialWeights: 'zero' }))) {
      expect(values.every((value) => value === 0)).toBe(true);
    }
  });

  it.each(['mlp:5', 'lenet5', 'vgg11', 'vit', 'lstm:7', 'mobilenetv2'])(
    '%s gives probabilities',
    (written) => {
      tf.tidy(() => {
        const predicted = createModel(written, { ...digits, width: 0.1 }).predict(
          tf.randomNormal([2, 28, 28, 1]),
        ) as tf.Tensor;
        expect(predicted.shape).toEqual([2, 10]);
        for (const sum of tf.sum(predicted, 1).dataSync()) expect(sum).toBeCloseTo(1, 5);
      });
    },
  );
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

  it.each([
    'mlp:0',
    'mlp:-3',
    'mlp:1.5',
    'mlp:12,',
    'mlp:a',
    'mlp:3,,4',
    'mlp:3:4',
    'lenet5:3',
    'lstm:',
    'lstm:3,4',
    'vit:2',
  ])("'%s'", (written) => {
    expect(() => createModel(written, digits)).toThrow(
      expect.objectContaining({ name: 'FeedalignError', code: 'invalid-option' }),
    );
  });

  it.each([[[27, 28, 1]], [[28, 27, 1]], [[28, 28]], [[784]]])(
    'lenet5 for examples of shape %j',
    (inputShape) => {
      const attempt = () => createModel('lenet5', { inputShape, classes: 10 });
      expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
      expect(attempt).toThrow(`[${inputShape}]`);
    },
  );
});
