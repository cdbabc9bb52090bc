import * as tf from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';
import type { Signature } from '../signature.js';
import { isCorrected } from '../tfjs/stock-corrections.js';
import { wholeWindows } from '../whole-windows.js';
import type { PoolingAttributes } from './pooling-attributes.js';

type Four = [number, number, number, number];

const outShape = (name: string, { shape }: tf.Tensor, { poolSize, strides, padding }: PoolingAttributes) => {
  const info = tf.backend_util.computePool2DInfo(shape as Four, [...poolSize], [...strides], 1, padding);
  return wholeWindows(name, shape, poolSize, info.outShape);
};

/** A pooling takes images that have room for its window. */
const forwardSignature = (name: string): Signature<{ x: tf.Tensor }, PoolingAttributes> => ({
  takes: { x: 'N h w c' },
  shapes: ({ x }, attributes) => {
    outShape(name, x, attributes);
    return {};
  },
});

/** The largest of each window: [N, h, w, c] → [N, h′, w′, c]. */
export const maxPool = primitive(
  'MaxPooling',
  forwardSignature('MaxPooling'),
  ({ x }: { x: tf.Tensor }, { poolSize, strides, padding }: PoolingAttributes): tf.Tensor =>
    tf.maxPool(x as tf.Tensor4D, [...poolSize], [...strides], padding),
);

/** The mean of each window, padding left out: [N, h, w, c] → [N, h′, w′, c]. */
export const averagePool = primitive(
  'AveragePool',
  forwardSignature('AveragePool'),
  ({ x }: { x: tf.Tensor }, { poolSize, strides, padding }: PoolingAttributes): tf.Tensor =>
    tf.avgPool(x as tf.Tensor4D, [...poolSize], [...strides], padding),
);

/** Gives each window's signal to the first of its largest elements. */
export const maxPoolGradient = primitive(
  'MaxPoolGradient',
  {
    takes: { signal: 'N rows columns c', x: 'N h w c', y: 'N rows columns c' },
    shapes: ({ x }: { signal: tf.Tensor; x: tf.Tensor; y: tf.Tensor }, attributes: PoolingAttributes) => ({
      signal: outShape('MaxPoolGradient', x, attributes),
    }),
  },
  (
    { signal, x, y }: { signal: tf.Tensor; x: tf.Tensor; y: tf.Tensor },
    { poolSize, strides, padding }: PoolingAttributes,
  ): tf.Tensor => {
    const attributes = { filterSize: [...poolSize], strides: [...strides], pad: padding };
    return tf.engine().runKernel('MaxPoolGrad', { dy: signal, input: x, output: y }, attributes) as tf.Tensor;
  },
);

/**
 * Spreads each window's signal over those of its elements that are not padding.
 *
 * tfjs' AvgPoolGrad divides by the whole window also at the border, where its forward pass leaves the padding
 * out; where that kernel was not corrected, the signal is multiplied by window/elements before, on every backend.
 */
export const averagePoolGradient = primitive(
  'AveragePoolGradient',
  {
    takes: { signal: 'N rows columns c', x: 'N h w c' },
    shapes: ({ x }: { signal: tf.Tensor; x: tf.Tensor }, attributes: PoolingAttributes) => ({
      signal: outShape('AveragePoolGradient', x, attributes),
    }),
  },
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
