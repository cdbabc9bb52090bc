import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createModel, resnet20 } from '../src/index.js';
import { onCpu, weightsOf } from './support.js';

onCpu();

const cifar = { inputShape: [32, 32, 3], classes: 10 };
const tiny = { inputShape: [8, 8, 1], classes: 3 };

describe('resnet20', () => {
  it('has twenty layers of weights, two more for shortcuts, and their numbers', () => {
    const model = resnet20(cifar);
    const shapes = model.layers
      .filter((layer) => layer.getClassName() === 'Conv2D')
      .map((layer) => [layer.getWeights()[0].shape[0], ...layer.outputShape.slice(1)]);
    expect(shapes).toEqual([
      ...Array(7).fill([3, 32, 32, 16]),
      [3, 16, 16, 32],
      [3, 16, 16, 32],
      [1, 16, 16, 32],
      ...Array(4).fill([3, 16, 16, 32]),
      [3, 8, 8, 64],
      [3, 8, 8, 64],
      [1, 8, 8, 64],
      ...Array(4).fill([3, 8, 8, 64]),
    ]);
    expect(model.layers.filter((layer) => layer.getClassName() === 'Dense')).toHaveLength(1);
    const learning = model.trainableWeights.reduce(
      (sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]),
      0,
    );
    expect(learning).toBe(272_474);
  });

  it('adds the input of each block to its output', () => {
    const model = resnet20(tiny);
    expect(model.layers.filter((layer) => layer.getClassName() === 'Add')).toHaveLength(9);
    // With the last normalization of each block scaled to zero and no offset, only the shortcuts are left.
    const image = tf.randomNormal([2, 8, 8, 1]);
    const before = (model.predict(image) as tf.Tensor).dataSync();
    const kernels = model.layers.filter((layer) => layer.getClassName() === 'Conv2D').slice(1);
    for (const layer of kernels) {
      if (layer.getWeights()[0].shape[0] === 3) layer.setWeights([tf.zerosLike(layer.getWeights()[0])]);
    }
    const after = (model.predict(image) as tf.Tensor).dataSync();
    expect([...after]).not.toEqual([...before]);
    expect(new Set([...after.slice(0, 3)].map((p) => p.toFixed(4))).size).toBeGreaterThan(1);
  });

  it('gives probabilities, by the seed’s weights', () => {
    const image = tf.randomNormal([2, 8, 8, 1]);
    const predicted = resnet20(tiny).predict(image) as tf.Tensor;
    for (const sum of tf.sum(predicted, 1).dataSync()) expect(sum).toBeCloseTo(1, 5);
    const first = weightsOf(resnet20({ ...tiny, seed: 1 }));
    expect(weightsOf(resnet20({ ...tiny, seed: 1 }))).toEqual(first);
    expect(weightsOf(resnet20({ ...tiny, seed: 2 }))[0]).not.toEqual(first[0]);
  });

  it.each([[[7, 8, 1]], [[8, 7, 1]], [[8, 8]], [[64]]])(
    'refuses examples of shape %j by name',
    (inputShape) => {
      expect(() => createModel('resnet20', { inputShape, classes: 3 })).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: expect.stringContaining(`[${inputShape}]`),
        }),
      );
    },
  );
});
