import {
  exchangeAxes,
  gradientBy,
  groupedInputGradient,
  groupedKernelGradient,
  groupedProduct,
  sumLeading,
} from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { bothForms, type Check, differentiated } from '../check.js';
import * as plain from '../plain/product.js';
import { drawn, type Values, zeros } from '../values.js';

/** [l, m, n, k] → [l, n, m, k] */
function exchanged({ shape, numbers }: Values): Values {
  const [l, m, n, k] = shape;
  const y = zeros([l, n, m, k]);
  numbers.forEach((value, place) => {
    const [inner, column] = [place % k, Math.floor(place / k) % n];
    const [row, outer] = [Math.floor(place / (k * n)) % m, Math.floor(place / (k * n * m))];
    y.numbers[((outer * n + column) * m + row) * k + inner] = value;
  });
  return y;
}

const reshaped = ({ numbers }: Values, shape: readonly number[]): Values => ({ shape, numbers });

/** A dense layer of groups: [rows, groups·from] → [rows, groups·to]. */
const [rows, groups, from, to] = [5, 3, 7, 4];
const dense = differentiated({
  operation: 'dense in groups',
  inputs: {
    x: drawn('x', [rows, groups * from]),
    kernel: drawn('kernel', [groups, from, to]),
    bias: drawn('bias', [groups * to]),
  },
  plain: ({ x, kernel, bias }) => {
    const apart = reshaped(exchanged(reshaped(x, [1, rows, groups, from])), [groups, rows, from]);
    const products = reshaped(plain.product(apart, kernel), [1, groups, rows, to]);
    return plain.withBias(reshaped(exchanged(products), [rows, groups * to]), bias);
  },
  feedalign: ({ x, kernel, bias }, delta) => [
    ['output', groupedProduct({ x, kernel, bias }, {})],
    ['x', groupedInputGradient({ delta, kernel }, {})],
    ...bothForms('kernel', gradientBy(groupedKernelGradient, { input: x, delta }, { groups }), kernel.shape),
    ...bothForms('bias', gradientBy(sumLeading, { x: delta }, {}), bias.shape),
  ],
});

/** Both ways of the kernel: of single numbers and of rows of them. */
const exchange = (operation: string, shape: readonly number[]): Check =>
  differentiated({
    operation,
    inputs: { x: drawn('x', shape) },
    plain: ({ x }) => exchanged(x),
    tfjs: ({ x }) => tf.transpose(x, [0, 2, 1, 3]),
    feedalign: ({ x }, signal) => [
      ['output', exchangeAxes({ x }, {})],
      ['x', exchangeAxes({ x: signal }, {})],
    ],
  });

export const groupChecks: readonly Check[] = [
  dense,
  exchange('axes exchanged', [2, 6, 5, 1]),
  exchange('axes exchanged, of rows', [2, 3, 4, 2]),
];
