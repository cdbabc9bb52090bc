import { exchangeAxes } from '@feedalign/backend';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { Adapter } from '../adapter.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** So many axes that stay, then two runs of them that trade places; the others stay as well. */
interface Exchange {
  readonly still: number;
  readonly first: number;
  readonly second: number;
}

/** The exchange that an order of axes, counted from 1, is; undefined for other orders. */
function exchangeOf(order: readonly number[]): Exchange | undefined {
  const still = order.findIndex((axis, i) => axis !== i + 1);
  if (still < 0) return { still: order.length, first: 0, second: 0 };
  const [first, second] = [order[still] - still - 1, order.indexOf(still + 1) - still];
  const along = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i + 1);
  const end = still + first + second;
  const expected = [
    ...along(0, still),
    ...along(still + first, second),
    ...along(still, first),
    ...along(end, order.length - end),
  ];
  return expected.join() === order.join() ? { still, first, second } : undefined;
}

/** Permute where two runs of neighbouring axes trade places, as in every exchange of two neighbours. */
export const permute: Adapter = ({ config, inputShapes, outputShape }) => {
  const exchange = exchangeOf(config.dims as number[]);
  if (!exchange) return undefined;
  const { still, first, second } = exchange;
  const [shape] = inputShapes;
  const outer = sizeOf(shape.slice(0, still));
  const m = sizeOf(shape.slice(still, still + first));
  const n = sizeOf(shape.slice(still + first, still + first + second));
  const inner = sizeOf(shape.slice(still + first + second));
  const traded = (x: Tensor, [rows, columns]: readonly number[], to: readonly number[]) =>
    reshape(exchangeAxes({ x: reshape(x, [x.shape[0] * outer, rows, columns, inner]) }, {}), [
      x.shape[0],
      ...to,
    ]);
  const forth = (x: Tensor) => traded(x, [m, n], outputShape);
  return {
    parameters: [],
    forward: (inputs) => ({ inputs, output: forth(inputs[0]) }),
    inputGradient: (_record, delta) => traded(delta, [n, m], shape),
    tangent: (_record, change) => forth(change),
  };
};
