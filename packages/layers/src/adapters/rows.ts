import { reshape, type Tensor } from '@tensorflow/tfjs-core';

/** Examples and all leading axes together: [N, …, d] → [M, d]. */
export const rows = (x: Tensor) => (x.rank === 2 ? x : reshape(x, [-1, x.shape[x.rank - 1]]));

/** The same numbers in this shape, where it is not theirs already. */
export const like = (x: Tensor, shape: readonly number[]) =>
  x.rank === shape.length ? x : reshape(x, [...shape]);
