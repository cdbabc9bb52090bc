import { averagePool, averagePoolGradient, type PoolingAttributes } from '@feedalign/backend';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';

const placesOf = ({ shape }: Tensor) => shape.slice(1, -1).reduce((count, size) => count * size, 1);
const asColumn = (x: Tensor) => reshape(x, [x.shape[0], placesOf(x), 1, x.shape[x.rank - 1]]) as Tensor;
const whole = (x: Tensor): PoolingAttributes => ({
  poolSize: [placesOf(x), 1],
  strides: [placesOf(x), 1],
  padding: 'valid',
});

/** The mean over all axes between the examples and the channels: [N, …, C] → [N, C]. */
export const meanOverPlaces = (x: Tensor): Tensor =>
  x.rank === 2 ? x : reshape(averagePool({ x: asColumn(x) }, whole(x)), [x.shape[0], x.shape[x.rank - 1]]);

/** Its transpose: [N, C] → the shape of x, each place with its share. */
export const shareAmongPlaces = (signal: Tensor, x: Tensor): Tensor =>
  x.rank === 2
    ? signal
    : reshape(
        averagePoolGradient(
          { signal: reshape(signal, [x.shape[0], 1, 1, x.shape[x.rank - 1]]), x: asColumn(x) },
          whole(x),
        ),
        x.shape,
      );
