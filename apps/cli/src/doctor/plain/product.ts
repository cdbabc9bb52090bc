import { type Values, zeros } from '../values.js';

/** A·B, either transposed, over any leading axes: […, m, k]·[…, k, n] → […, m, n]. */
export function product(a: Values, b: Values, transposeA = false, transposeB = false): Values {
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = transposeB ? bRows : bColumns;
  const y = zeros([...a.shape.slice(0, -2), m, n]);
  const batches = y.numbers.length / (m * n);
  const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
  const [bRow, bColumn] = transposeB ? [1, k] : [n, 1];
  for (let batch = 0; batch < batches; batch++) {
    const [aStart, bStart] = [batch * m * k, batch * k * n];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) {
          sum += a.numbers[aStart + i * aRow + p * aColumn] * b.numbers[bStart + p * bRow + j * bColumn];
        }
        y.numbers[(batch * m + i) * n + j] = sum;
      }
    }
  }
  return y;
}

/** Adds a bias to the last axis. */
export const withBias = (x: Values, bias: Values): Values => ({
  shape: x.shape,
  numbers: x.numbers.map((value, place) => value + bias.numbers[place % bias.numbers.length]),
});
