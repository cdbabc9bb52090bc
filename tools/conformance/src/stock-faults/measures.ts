import { createRng } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../stock-cases/case.js';
import { apart } from '../stock-gradients.js';

export const normal = (shape: readonly number[], stream: string) =>
  tf.tensor(createRng(5).stream(stream).normal(sizeOf(shape)), [...shape]);

/** All below zero, and further apart than the steps of the central differences. */
export const negative = (shape: readonly number[]) => {
  const order = createRng(5).permutation(sizeOf(shape));
  return tf.tensor(
    Array.from(order, (place) => -0.1 * (place + 1)),
    [...shape],
  );
};

/** tfjs' gradient of Σ weights · f(x), each entry against the central difference of f by that entry. */
export function gradientError(x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor): number {
  const weights = normal(f(x).shape, 'weights');
  const by = weights.dataSync<'float32'>();
  const start = x.dataSync<'float32'>();
  const step = 2 ** -6;
  const sumAt = (place: number, move: number) => {
    const moved = start.slice();
    moved[place] += move;
    const y = tf.tidy(() => f(tf.tensor(moved, x.shape)).dataSync());
    return by.reduce((sum, weight, i) => sum + weight * y[i], 0);
  };
  const numeric = Array.from(start, (_, i) => (sumAt(i, step) - sumAt(i, -step)) / (2 * step));
  const gradient = tf.grad((x) => tf.sum(tf.mul(f(x), weights)))(x);
  return apart(gradient.dataSync(), numeric);
}

/**
 * Windows of one, two apart, over a volume with `same` padding: they are every other element along each axis, times 3 for
 * the convolutions, and nothing is padded.
 */
export function skippingError(
  kernel: 'Conv3D' | 'Conv3DBackpropInputV2' | 'Conv3DBackpropFilterV2' | 'AvgPool3D' | 'MaxPool3D',
): number {
  const [inputShape, filterShape] = [
    [1, 4, 6, 6, 1],
    [1, 1, 1, 1, 1],
  ];
  const x = normal(inputShape, 'x');
  const filter = tf.fill(filterShape, 3);
  const picked = tf.stridedSlice(x, [0, 0, 0, 0, 0], inputShape, [1, 2, 2, 2, 1]);
  const dy = normal(picked.shape, 'signal');
  const attributes = { strides: [2, 2, 2], pad: 'same', dilations: [1, 1, 1], inputShape, filterShape };
  const run = (inputs: tf.NamedTensorMap, more: object = {}) =>
    (tf.engine().runKernel(kernel, inputs, { ...attributes, ...more } as never) as tf.Tensor).dataSync();
  if (kernel === 'Conv3D') return apart(run({ x, filter }), tf.mul(picked, 3).dataSync());
  if (kernel === 'Conv3DBackpropFilterV2')
    return apart(run({ x, dy }), tf.sum(tf.mul(picked, dy)).dataSync());
  if (kernel !== 'Conv3DBackpropInputV2')
    return apart(run({ x }, { filterSize: [1, 1, 1] }), picked.dataSync());
  const signals = dy.arraySync() as number[][][][][];
  const isPlace = (...at: number[]) => at.every((each) => each % 2 === 0);
  const expected = tf.range(0, 4 * 6 * 6).arraySync() as number[];
  return apart(
    run({ dy, filter }),
    expected.map((place) => {
      const [d, h, w] = [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6];
      return isPlace(d, h, w) ? 3 * signals[0][d / 2][h / 2][w / 2][0] : 0;
    }),
  );
}

/** Normalization over the second of four axes, by statistics and weights of that axis, against its formula. */
export function normalizationError(): number {
  const x = normal([2, 3, 4, 2], 'x') as tf.Tensor4D;
  const [mean, variance, offset, scale] = ['mean', 'variance', 'offset', 'scale'].map((stream) =>
    tf.square(normal([1, 3, 1, 1], stream)),
  ) as tf.Tensor4D[];
  const normalized = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.001)));
  const expected = tf.add(tf.mul(normalized, scale), offset);
  return apart(tf.batchNorm4d(x, mean, variance, offset, scale, 0.001).dataSync(), expected.dataSync());
}

type Convolve = (x: tf.Tensor4D, kernel: tf.Tensor4D, strides: number) => tf.Tensor;

/**
 * A convolution of six rows and columns by windows of two, three apart, against plain loops: the last window ends
 * before the input does, and nothing is padded.
 */
export function convolutionError(isDepthwise: boolean, convolve: Convolve): number {
  const [size, channels, window, stride] = [6, 2, 2, 3];
  const x = normal([1, size, size, channels], 'x') as tf.Tensor4D;
  const kernel = normal([window, window, channels, isDepthwise ? 1 : channels], 'kernel') as tf.Tensor4D;
  const [[pixels], weights] = [x.arraySync(), kernel.arraySync()];
  const expected: number[] = [];
  for (let row = 0; row < size; row += stride) {
    for (let column = 0; column < size; column += stride) {
      for (let out = 0; out < channels; out++) {
        let sum = 0;
        for (let i = 0; i < window; i++) {
          for (let j = 0; j < window; j++) {
            const pixel = pixels[row + i][column + j];
            const weight = weights[i][j];
            if (isDepthwise) sum += pixel[out] * weight[out][0];
            else for (let c = 0; c < channels; c++) sum += pixel[c] * weight[c][out];
          }
        }
        expected.push(sum);
      }
    }
  }
  return apart(convolve(x, kernel, stride).dataSync(), expected);
}
