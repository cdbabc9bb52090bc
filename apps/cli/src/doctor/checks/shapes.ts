import * as tf from '@tensorflow/tfjs-core';
import { type Check, differentiated } from '../check.js';
import { byRow, transposed } from '../plain/rows.js';
import { drawn, mapped, type Values, zeros } from '../values.js';

// What lies between layers, and what only tfjs' autodiff differentiates.

const [rows, columns] = [4, 6];
const matrix = (name: string): Values => drawn(name, [rows, columns]);
const row = drawn('row', [columns]);

/** Two of them by f; the second is repeated for each row of the first where it is but a row. */
const broadcast = (
  operation: string,
  f: (x: number, y: number) => number,
  tfjs: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  y: Values = row,
): Check =>
  differentiated({
    operation,
    inputs: { x: matrix('x'), y },
    plain: ({ x, y }) => mapped(x, (value, place) => f(value, y.numbers[place % y.numbers.length])),
    tfjs: ({ x, y }) => tfjs(x, y),
  });

const total = (numbers: Float64Array) => numbers.reduce((sum, each) => sum + each, 0);

/** The place in the image that each place of one `factor` times as large shows. */
const image = drawn('image', [2, 3, 4, 2]);
const enlarged = ({ shape: [n, height, width, channels], numbers }: Values, factor: number): Values => {
  const y = zeros([n, height * factor, width * factor, channels]);
  let to = 0;
  for (let each = 0; each < n; each++) {
    for (let i = 0; i < height * factor; i++) {
      for (let j = 0; j < width * factor; j++) {
        const at = (each * height + Math.floor(i / factor)) * width + Math.floor(j / factor);
        for (let c = 0; c < channels; c++) y.numbers[to++] = numbers[at * channels + c];
      }
    }
  }
  return y;
};

/** Some more than once, one never. */
const looked = [3, 0, 3, 2, 2, 3];

export const shapeChecks: readonly Check[] = [
  differentiated({
    operation: 'embedding, gather',
    inputs: { table: drawn('table', [5, columns]) },
    plain: ({ table }) => {
      const y = zeros([looked.length, columns]);
      looked.forEach((place, i) => {
        y.numbers.set(table.numbers.subarray(place * columns, (place + 1) * columns), i * columns);
      });
      return y;
    },
    tfjs: ({ table }) => tf.gather(table, tf.tensor1d(looked, 'int32')),
  }),
  broadcast('add a bias', (x, y) => x + y, tf.add),
  broadcast('subtract, broadcast', (x, y) => x - y, tf.sub),
  broadcast('multiply, broadcast', (x, y) => x * y, tf.mul),
  broadcast(
    'divide, broadcast',
    (x, y) => x / y,
    tf.div,
    mapped(row, (y) => Math.sign(y) * (1 + Math.abs(y))),
  ),
  broadcast('maximum', Math.max, tf.maximum, matrix('y')),
  broadcast('minimum', Math.min, tf.minimum, matrix('y')),
  broadcast('prelu', (x, y) => (x < 0 ? x * y : x), tf.prelu),
  differentiated({
    operation: 'sum over examples',
    inputs: { x: matrix('x') },
    plain: ({ x }) => byRow(transposed(x), (each) => [total(each)], [columns]),
    tfjs: ({ x }) => tf.sum(x, 0),
  }),
  differentiated({
    operation: 'mean over features',
    inputs: { x: matrix('x') },
    plain: ({ x }) => byRow(x, (each) => [total(each) / columns], [rows]),
    tfjs: ({ x }) => tf.mean(x, -1),
  }),
  differentiated({
    operation: 'transpose',
    inputs: { x: matrix('x') },
    plain: ({ x }) => transposed(x),
    tfjs: ({ x }) => tf.transpose(x),
  }),
  differentiated({
    operation: 'concatenate',
    inputs: { x: matrix('x'), y: drawn('y', [rows, 3]) },
    plain: ({ x, y }) =>
      byRow(x, (left, place) => [...left, ...y.numbers.subarray(3 * place, 3 * place + 3)], [
        rows,
        columns + 3,
      ]),
    tfjs: ({ x, y }) => tf.concat([x, y], -1),
  }),
  differentiated({
    operation: 'pad and slice',
    inputs: { x: matrix('x') },
    plain: ({ x }) => byRow(x, (each) => [0, 0, ...each.subarray(0, 4)], [rows, columns]),
    tfjs: ({ x }) =>
      tf.slice(
        tf.pad(x, [
          [1, 0],
          [2, 0],
        ]),
        [1, 0],
        [rows, columns],
      ),
  }),
  differentiated({
    operation: 'upsampling, nearest',
    inputs: { image },
    plain: ({ image }) => enlarged(image, 2),
    tfjs: ({ image }) => tf.image.resizeNearestNeighbor(image as tf.Tensor4D, [6, 8]),
  }),
];
