import * as tf from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';
import { isCorrected } from '../stock-corrections.js';
import { maxPoolGradientOnWasm } from '../wasm/max-pool-gradient.js';
import type { PoolingAttributes } from './pooling-attributes.js';

/** The largest of each window: [N, h, w, c] → [N, h′, w′, c]. */
export const maxPool = primitive(
  'MaxPooling',
  ({ x }: { x: tf.Tensor }, { poolSize, strides, padding }: PoolingAttributes): tf.Tensor =>
    tf.maxPool(x as tf.Tensor4D, [...poolSize], [...strides], padding),
);

/** The mean of each window, padding left out: [N, h, w, c] → [N, h′, w′, c]. */
export const averagePool = primitive(
  'AveragePool',
  ({ x }: { x: tf.Tensor }, { poolSize, strides, padding }: PoolingAttributes): tf.Tensor =>
    tf.avgPool(x as tf.Tensor4D, [...poolSize], [...strides], padding),
);

/**
 * Gives each window's signal to the first of its largest elements.
 *
 * On wasm it is a loop of our own: tfjs' kernel there starts its search at the smallest positive number, so
 * that a window without a positive element gives its signal to element 0.
 */
export const maxPoolGradient = primitive(
  'MaxPoolGradient',
  (
    { signal, x, y }: { signal: tf.Tensor; x: tf.Tensor; y: tf.Tensor },
    { poolSize, strides, padding }: PoolingAttributes,
  ): tf.Tensor => {
    const attributes = { filterSize: [...poolSize], strides: [...strides], pad: padding };
    return tf.engine().runKernel('MaxPoolGrad', { dy: signal, input: x, output: y }, attributes) as tf.Tensor;
  },
  { wasm: maxPoolGradientOnWasm },
);

/**
 * Spreads each window's signal over those of its elements that are not padding.
 *
 * tfjs' AvgPoolGrad divides by the whole window also at the border, where its forward pass leaves the padding
 * out; where that kernel was not corrected, the signal is multiplied by window/elements before, on every backend.
 */
export const averagePoolGradient = primitive(
  'AveragePoolGradient',
  (
    { signal, x }: { signal: tf.Tensor; x: tf.Tensor },
    { poolSize, strides, padding }: PoolingAttributes,
  ): tf.Tensor =>
    tf.tidy(() => {
      const given = { filterSize: [...poolSize], strides: [...strides], pad: padding };
      const isRight = padding === 'valid' || isCorrected('AvgPoolGrad', tf.getBackend());
      const dy = isRight ? signal : tf.mul(signal, borderCorrection(x, poolSize, strides));
      return tf.engine().runKernel('AvgPoolGrad', { dy, input: x }, given) as tf.Tensor;
    }),
);

/** Elements of a whole window over elements of the window at each place: [1, h′, w′, 1]. */
function borderCorrection(
  x: tf.Tensor,
  poolSize: readonly [number, number],
  strides: readonly [number, number],
) {
  const { padInfo, outHeight, outWidth } = tf.backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    [...poolSize],
    [...strides],
    1,
    'same',
  );
  const counts = (axis: 0 | 1, outputs: number, before: number) =>
    Array.from({ length: outputs }, (_, i) => {
      const start = i * strides[axis] - before;
      return Math.min(start + poolSize[axis], x.shape[axis + 1]) - Math.max(start, 0);
    });
  const columns = counts(1, outWidth, padInfo.left);
  const window = poolSize[0] * poolSize[1];
  const factors = counts(0, outHeight, padInfo.top).flatMap((rows) =>
    columns.map((n) => window / (rows * n)),
  );
  return tf.tensor4d(factors, [1, outHeight, outWidth, 1]);
}
