// Batches without an example: gradients by weights are zero, and what is added in place changes nothing.

import {
  activate,
  averagePool,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
  exampleProducts,
  gradientBy,
  maxPoolGradient,
  product,
  scaleExamples,
  softmaxCrossEntropy,
  sumLeading,
} from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  // What kernels leave behind in their scratch memory must not come back as a result.
  tf.tidy(() => {
    const x = tf.ones([8, 6, 6, 3]);
    convolutionKernelGradient({ x, delta: tf.ones([8, 6, 6, 4]) }, { ...window, kernelShape });
  });
});

const window = { strides: [1, 1], dilations: [1, 1], padding: 'same' } as const;
const pooling = { poolSize: [2, 2], strides: [2, 2], padding: 'same' } as const;
const kernelShape = [3, 3, 3, 4];
const nothing = (...rest: number[]) => tf.zeros([0, ...rest]);
const depthwise = { strides: [1, 1], pad: 'same', dilations: [1, 1], filterShape: [3, 3, 3, 2] };

const calls: Readonly<Record<string, [() => tf.Tensor, number[]]>> = {
  product: [() => product({ a: nothing(5), b: tf.ones([5, 7]) }, {}), [0, 7]],
  'a product over nothing': [() => product({ a: nothing(5), b: nothing(7) }, { transposeA: true }), [5, 7]],
  convolution: [
    () => convolution({ x: nothing(6, 6, 3), kernel: tf.ones(kernelShape) }, window),
    [0, 6, 6, 4],
  ],
  'by its kernel': [
    () =>
      convolutionKernelGradient({ x: nothing(6, 6, 3), delta: nothing(6, 6, 4) }, { ...window, kernelShape }),
    kernelShape,
  ],
  'by its input': [
    () =>
      convolutionInputGradient(
        { delta: nothing(6, 6, 4), kernel: tf.ones(kernelShape) },
        { ...window, inputShape: [0, 6, 6, 3] },
      ),
    [0, 6, 6, 3],
  ],
  depthwise: [
    () =>
      tf
        .engine()
        .runKernel(
          'DepthwiseConv2dNativeBackpropFilter',
          { x: nothing(6, 6, 3), dy: nothing(6, 6, 6) },
          depthwise as never,
        ) as tf.Tensor,
    [3, 3, 3, 2],
  ],
  pooling: [() => averagePool({ x: nothing(6, 6, 3) }, pooling), [0, 3, 3, 3]],
  'pooling, back': [
    () => maxPoolGradient({ signal: nothing(3, 3, 3), x: nothing(6, 6, 3), y: nothing(3, 3, 3) }, pooling),
    [0, 6, 6, 3],
  ],
  activation: [() => activate({ a: nothing(5) }, { activation: 'tanh' }), [0, 5]],
  softmax: [() => softmaxCrossEntropy({ logits: nothing(5), targets: nothing(5) }, {})[2], [0, 5]],
  'products of examples': [() => exampleProducts({ a: nothing(5), b: nothing(5) }, {}), [0]],
  'factors of examples': [() => scaleExamples({ x: nothing(5), factors: nothing() }, {}), [0, 5]],
  'sum over rows': [() => sumLeading({ x: nothing(5) }, {}), [5]],
};

it.each(Object.entries(calls))('%s', (_name, [call, shape]) => {
  tf.tidy(() => {
    const found = call();
    expect(found.shape).toEqual(shape);
    expect(found.dataSync().every((value) => value === 0)).toBe(true);
  });
});

it('a gradient of nothing leaves the weights as they are', () => {
  const weights = tf.tidy(() => tf.variable(tf.fill(kernelShape, 7)));
  const given = { x: nothing(6, 6, 3), delta: nothing(6, 6, 4) };
  gradientBy(convolutionKernelGradient, given, { ...window, kernelShape }).addTo(weights, -1, 1);
  expect(weights.dataSync().every((value) => value === 7)).toBe(true);
});
