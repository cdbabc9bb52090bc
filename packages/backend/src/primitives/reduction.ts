import { div, reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';

/** The sum over all axes but the last: [m, …, n] → [n]; the gradient of a bias. */
export const sumLeading = primitive(
  'SumLeading',
  { takes: { x: '… n' }, gives: ({ x }: { x: Tensor }) => [x.shape[x.rank - 1]] },
  ({ x }): Tensor => sum(x, leadingAxes(x)),
);

const leadingAxes = (x: Tensor) => x.shape.slice(0, -1).map((_, axis) => axis);

/** The sum over some axes, each left with one place so that the result broadcasts against x. */
export function sumOver(x: Tensor, axes: readonly number[]): Tensor {
  const isLeading = axes.length === x.rank - 1 && axes.every((axis, i) => axis === i);
  if (!isLeading) return sum(x, [...axes], true);
  return reshape(sumLeading({ x }, {}), [...axes.map(() => 1), x.shape[x.rank - 1]]);
}

/** The mean over some axes, each left with one place so that the result broadcasts against x. */
export function meanOver(x: Tensor, axes: readonly number[]): Tensor {
  const total = sumOver(x, axes);
  return div(total, x.size / total.size);
}
