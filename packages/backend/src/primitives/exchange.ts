import { type Tensor, transpose } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';

/** y[l, n, m, :] = x[l, m, n, :], two axes that trade places: [l, m, n, k] → [l, n, m, k]. */
export const exchangeAxes = primitive(
  'ExchangeAxes',
  { takes: { x: 'l m n k' } },
  ({ x }: { x: Tensor }): Tensor => transpose(x, [0, 2, 1, 3]),
);
