// Weights that a step changed in place, under tfjs' own kernels, which keep packed copies of weights.
import { accumulateStep, useBackend } from '@feedalign/backend';
import { convert } from '@feedalign/layers';
import { dfa } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { filled, oneHot, points } from '../src/points.js';

afterAll(() => tf.disposeVariables());

describe('on wasm, weights that were changed in place', () => {
  beforeEach(async () => {
    await useBackend('wasm');
  });

  const x = () =>
    tf.tensor4d(
      Float32Array.from({ length: 72 }, (_, i) => Math.sin(i)),
      [1, 6, 6, 2],
    );
  const rows = () =>
    tf.tensor2d(
      Float32Array.from({ length: 12 }, (_, i) => Math.cos(i * 2)),
      [3, 4],
    );
  const numbers = (shape: number[]) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 3 + 1)),
      shape,
    );
  /** Calls of tfjs' own kernels, each with the weights that it takes. */
  const calls: Readonly<
    Record<string, readonly [shapes: number[][], call: (...w: tf.Tensor[]) => tf.Tensor]>
  > = {
    prelu: [[[4]], (alpha) => tf.prelu(rows(), alpha)],
    'fused.matMul, prelu': [
      [[4, 3], [3], [3]],
      (b, bias, alpha) =>
        tf.fused.matMul({
          a: rows(),
          b: b as tf.Tensor2D,
          bias,
          activation: 'prelu',
          preluActivationWeights: alpha,
        }),
    ],
    'fused.matMul, leakyrelu': [
      [[4, 3], [3]],
      (b, bias) =>
        tf.fused.matMul({
          a: rows(),
          b: b as tf.Tensor2D,
          bias,
          activation: 'leakyrelu',
          leakyreluAlpha: 0.3,
        }),
    ],
    'fused.conv2d, prelu': [
      [[2, 2, 2, 3], [3], [3]],
      (filter, bias, alpha) =>
        tf.fused.conv2d({
          x: x(),
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: 'valid',
          bias,
          activation: 'prelu',
          preluActivationWeights: alpha,
        }),
    ],
    'fused.depthwiseConv2d, leakyrelu': [
      [[2, 2, 2, 2], [4]],
      (filter, bias) =>
        tf.fused.depthwiseConv2d({
          x: x(),
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: 'valid',
          bias,
          activation: 'leakyrelu',
          leakyreluAlpha: 0.2,
        }),
    ],
    'matMul that broadcasts': [[[1, 4, 3]], (b) => tf.matMul(tf.stack([rows(), rows()]), b)],
  };

  it.each(Object.entries(calls))('%s sees what they are now', (_name, [shapes, call]) => {
    const weights = shapes.map((shape) => tf.variable(numbers(shape)));
    const before = [...call(...weights).dataSync()];
    for (const variable of weights)
      accumulateStep({ variable, value: tf.onesLike(variable) }, { scale: -3, keep: 1 });
    const fresh = weights.map((variable) => tf.tensor(variable.dataSync(), variable.shape));
    const expected = [...call(...fresh).dataSync()];
    expect(expected).not.toEqual(before);
    expect([...call(...weights).dataSync()]).toEqual(expected);
  });

  it('a model with PReLU evaluates after fit as with its own weights set again', async () => {
    const made = filled(
      sequential({
        layers: [
          layers.dense({ units: 8, inputShape: [2] }),
          layers.prelu(),
          layers.dense({ units: 3, activation: 'softmax' }),
        ],
      }),
    );
    made.compile({ optimizer: tf.train.sgd(0.3), loss: 'categoricalCrossentropy' });
    convert(made, dfa());
    const told = async () => (await (made.evaluate(points(), oneHot('float32')) as tf.Scalar).data())[0];
    await told();
    for (let step = 0; step < 20; step++) await made.trainOnBatch(points(), oneHot());
    const after = await told();
    made.setWeights(made.getWeights().map((weight) => tf.tensor(weight.dataSync(), weight.shape)));
    expect(after).toBe(await told());
  });

  it('fused.conv2d with prelu and a window that ends before the image', () => {
    const call = () => {
      const given = {
        x: x(),
        filter: numbers([2, 2, 2, 3]) as tf.Tensor4D,
        strides: 3,
        pad: 'same' as const,
        activation: 'prelu' as const,
        preluActivationWeights: numbers([3]),
      };
      return [...tf.fused.conv2d(given).dataSync()];
    };
    const found = call();
    const a = tf.conv2d(x(), numbers([2, 2, 2, 3]) as tf.Tensor4D, 3, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const expected = [...tf.prelu(a, numbers([3])).dataSync()];
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5);
    });
  });
});
