// Any number of threads gives the same results, bit for bit.
import './every-kernel-divided.js';
import {
  activate,
  activationGradient,
  averagePool,
  averagePoolGradient,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
  exampleProducts,
  exchangeAxes,
  groupedInputGradient,
  groupedKernelGradient,
  groupedProduct,
  maxPool,
  maxPoolGradient,
  noise,
  normalize,
  normalizeGradient,
  product,
  scaleExamples,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sumLeading,
} from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { setThreads, trainingEngine } from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const random = (shape: number[], seed = 1) =>
  tf.tensor(createRng(seed).normal(shape.reduce((size, dimension) => size * dimension, 1)), shape);

const window = { strides: [1, 1], dilations: [1, 1], padding: 'same' } as const;
const strided = { strides: [2, 2], dilations: [1, 1], padding: 'same' } as const;
const pooling = { poolSize: [2, 2], strides: [2, 2], padding: 'same' } as const;
const attributes = { strides: [1, 1], pad: 'same', dilations: [1, 1] };
const kernelShape = [3, 3, 5, 7];

/** One call of each kernel, on shapes that do not divide evenly. */
const calls: Readonly<Record<string, () => tf.Tensor | tf.Tensor[]>> = {
  product: () => product({ a: random([131, 70]), b: random([70, 37], 2), bias: random([37], 3) }, {}),
  'product of transposes': () =>
    product({ a: random([70, 131]), b: random([37, 70], 2) }, { transposeA: true, transposeB: true }),
  'a long product': () => product({ a: random([9, 1500]), b: random([1500, 11], 2) }, {}),
  'product of groups': () =>
    groupedProduct({ x: random([131, 21]), kernel: random([3, 7, 9], 2), bias: random([27], 3) }, {}),
  'product of groups, back': () => [
    groupedInputGradient({ delta: random([131, 27]), kernel: random([3, 7, 9], 2) }, {}),
    groupedKernelGradient({ input: random([131, 21]), delta: random([131, 27], 2) }, { groups: 3 }),
  ],
  'axes exchanged': () => [
    exchangeAxes({ x: random([3, 13, 17, 1]) }, {}),
    exchangeAxes({ x: random([3, 13, 17, 5]) }, {}),
  ],
  convolution: () => convolution({ x: random([5, 13, 17, 5]), kernel: random(kernelShape, 2) }, window),
  'strided convolution': () =>
    convolution({ x: random([5, 13, 17, 5]), kernel: random(kernelShape, 2) }, strided),
  'gradient by the kernel': () =>
    convolutionKernelGradient(
      { x: random([9, 13, 17, 5]), delta: random([9, 13, 17, 7], 2) },
      { ...window, kernelShape },
    ),
  'gradient by the input': () =>
    convolutionInputGradient(
      { delta: random([5, 7, 9, 7]), kernel: random(kernelShape, 2) },
      { ...strided, inputShape: [5, 13, 17, 5] },
    ),
  'max pooling': () => maxPool({ x: random([5, 9, 7, 6]) }, pooling),
  'average pooling': () => averagePool({ x: random([5, 9, 7, 6]) }, pooling),
  'max pooling, back': () =>
    maxPoolGradient(
      { signal: random([5, 5, 4, 6]), x: random([5, 9, 7, 6], 2), y: random([5, 5, 4, 6]) },
      pooling,
    ),
  'average pooling, back': () =>
    averagePoolGradient({ signal: random([5, 5, 4, 6]), x: random([5, 9, 7, 6], 2) }, pooling),
  activation: () => activate({ a: random([77, 3]) }, { activation: 'tanh' }),
  'activation, back': () =>
    activationGradient({ signal: random([77, 3]), y: random([77, 3], 2) }, { activation: 'elu' }),
  softmax: () => softmaxCrossEntropy({ logits: random([77, 10]), targets: random([77, 10], 2) }, {}),
  sigmoid: () => sigmoidCrossEntropy({ logits: random([77, 3]), targets: random([77, 3], 2) }, {}),
  'batch normalization': () => normalize({ x: random([300, 9, 6]) }, { axes: [0, 1], epsilon: 1e-3 }),
  'layer normalization': () => normalize({ x: random([30, 77]) }, { axes: [1], epsilon: 1e-3 }),
  'batch normalization, back': () =>
    normalizeGradient(
      {
        signal: random([3000, 6]),
        x: random([3000, 6], 2),
        mean: random([1, 6], 3),
        reciprocal: random([1, 6], 4),
      },
      { axes: [0] },
    ),
  'layer normalization, back': () =>
    normalizeGradient(
      {
        signal: random([30, 77]),
        x: random([30, 77], 2),
        mean: random([30, 1], 3),
        reciprocal: random([30, 1], 4),
      },
      { axes: [1] },
    ),
  'products of examples': () => exampleProducts({ a: random([301, 53]), b: random([301, 53], 2) }, {}),
  'factors of examples': () => scaleExamples({ x: random([301, 53]), factors: random([301]) }, {}),
  'sum over rows': () => sumLeading({ x: random([5000, 21]) }, {}),
  noise: () =>
    (['normal', 'uniform', 'rademacher'] as const).map((name) => noise(createRng(1), [7013], name)),
  gather: () => tf.gather(random([20, 33]), tf.tensor1d([3, 1, 4, 1, 5, 9, 2, 6], 'int32')),
  'segment sum': () =>
    tf.unsortedSegmentSum(random([8, 50]), tf.tensor1d([3, 1, 4, 1, 5, 0, 2, 6], 'int32'), 7),
  'depthwise convolution': () =>
    tf.depthwiseConv2d(
      random([3, 9, 8, 5]) as tf.Tensor4D,
      random([3, 3, 5, 2], 2) as tf.Tensor4D,
      1,
      'same',
    ),
  'depthwise, back': () =>
    [
      tf
        .engine()
        .runKernel(
          'DepthwiseConv2dNativeBackpropInput',
          { dy: random([3, 9, 8, 10]), filter: random([3, 3, 5, 2], 2) },
          { ...attributes, inputShape: [3, 9, 8, 5] } as never,
        ),
      tf
        .engine()
        .runKernel(
          'DepthwiseConv2dNativeBackpropFilter',
          { dy: random([3, 9, 8, 10]), x: random([3, 9, 8, 5], 2) },
          { ...attributes, filterShape: [3, 3, 5, 2] } as never,
        ),
    ] as tf.Tensor[],
};

const bits = (call: () => tf.Tensor | tf.Tensor[]) =>
  tf.tidy(() => [call()].flat().map((tensor) => new Int32Array(tensor.dataSync().slice().buffer)));

describe('one, two and three threads', () => {
  it.each(Object.entries(calls))('%s', (_name, call) => {
    setThreads(1);
    const alone = bits(call);
    for (const threads of [2, 3]) {
      setThreads(threads);
      for (let round = 0; round < 3; round++) expect(bits(call)).toEqual(alone);
    }
  });
});

it('as many threads as are set', () => {
  setThreads(3);
  const isShared = (trainingEngine()?.threads ?? 0) > 1;
  expect(trainingEngine()?.threads).toBe(isShared ? 3 : 1);
  for (const none of [0, -3, Number.NaN]) {
    setThreads(none);
    expect(trainingEngine()?.threads).toBe(1);
  }
});

it('goes on when the memory grows between kernels, in every thread', () => {
  setThreads(3);
  const x = random([5, 13, 17, 5]);
  const kernel = random(kernelShape, 2);
  const expected = bits(() => convolution({ x, kernel }, window));
  const held: tf.Tensor[] = [];
  const before = tf.memory().numBytes;
  for (let round = 0; round < 40; round++) {
    // The result lies in memory that was not there before.
    held.push(tf.zeros([2 ** 20]), convolution({ x, kernel }, window));
    expect([new Int32Array((held.at(-1) as tf.Tensor).dataSync().slice().buffer)]).toEqual(expected);
  }
  expect(tf.memory().numBytes).toBeGreaterThan(before + 40 * 2 ** 22 - 1);
  tf.dispose([...held, x, kernel]);
});
