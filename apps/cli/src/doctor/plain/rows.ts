import { type Values, zeros } from '../values.js';

/** f of each row, which is what lies along the last axis; `shape` is the result's. */
export function byRow(
  x: Values,
  f: (row: Float64Array, place: number) => ArrayLike<number>,
  shape: readonly number[] = x.shape,
): Values {
  const columns = x.shape[x.shape.length - 1];
  const y = zeros(shape);
  const rows = x.numbers.length / columns;
  for (let row = 0; row < rows; row++) {
    const found = f(x.numbers.subarray(row * columns, (row + 1) * columns), row);
    y.numbers.set(Array.from(found), row * found.length);
  }
  return y;
}

/** log Σ exp of a row. */
export function logSumExp(row: Float64Array): number {
  const largest = Math.max(...row);
  return largest + Math.log(row.reduce((sum, each) => sum + Math.exp(each - largest), 0));
}

/** [m, n] as [n, m]. */
export function transposed({ shape: [rows, columns], numbers }: Values): Values {
  const y = zeros([columns, rows]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) y.numbers[j * rows + i] = numbers[i * columns + j];
  }
  return y;
}

/** Each row less its mean, over its standard deviation. */
export const normalizedRows = (x: Values, epsilon: number): Values =>
  byRow(x, (row) => {
    const mean = row.reduce((sum, each) => sum + each, 0) / row.length;
    const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / row.length;
    return row.map((each) => (each - mean) / Math.sqrt(variance + epsilon));
  });

/** The same by the last axis: over all the others, as batch normalization does it. */
export function normalizedColumns(x: Values, epsilon: number): Values {
  const columns = x.shape[x.shape.length - 1];
  const flat = { shape: [x.numbers.length / columns, columns], numbers: x.numbers };
  return { shape: x.shape, numbers: transposed(normalizedRows(transposed(flat), epsilon)).numbers };
}

/** γ ⊙ x + β over the last axis. */
export const scaledAndShifted = (x: Values, gamma: Values, beta: Values): Values =>
  byRow(x, (row) => row.map((each, i) => each * gamma.numbers[i] + beta.numbers[i]));
