// Normalization: over the rows of a matrix, as a batch is (its sums are in reduction.ts), or within each row, as a layer is.
import { begin, lanesBelow, lanesSum, storeFirst } from './simd';

/** result = 1/√(variance + ε), `count` numbers. */
export function reciprocalDeviation(
  variance: usize,
  result: usize,
  count: i32,
  epsilon: f32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, count, 4);
  for (let i = begin(part, parts, count, 4); i < last; i += 4) {
    const at = <usize>i << 2;
    const root = f32x4.sqrt(f32x4.add(v128.load(variance + at), f32x4.splat(epsilon)));
    storeFirst(result + at, f32x4.div(f32x4.splat(1), root), last - i);
  }
}

/** result[i, j] = (x[i, j] − mean[j])·factor[j] */
export function centreColumns(
  x: usize,
  mean: usize,
  factor: usize,
  result: usize,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const row = <usize>i * (<usize>columns << 2);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const at = row + column;
      const centred = f32x4.sub(v128.load(x + at), v128.load(mean + column));
      storeFirst(result + at, f32x4.mul(centred, v128.load(factor + column)), columns - j);
    }
  }
}

/** result[i, j] = reciprocal[j]·(g[i, j] − meanG[j] − x̂[i, j]·meanGx[j]) */
export function normalizedColumnsGradient(
  signal: usize,
  normalized: usize,
  reciprocal: usize,
  meanSignal: usize,
  meanAlong: usize,
  result: usize,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const row = <usize>i * (<usize>columns << 2);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const at = row + column;
      const along = f32x4.mul(v128.load(normalized + at), v128.load(meanAlong + column));
      const rest = f32x4.sub(f32x4.sub(v128.load(signal + at), v128.load(meanSignal + column)), along);
      storeFirst(result + at, f32x4.mul(v128.load(reciprocal + column), rest), columns - j);
    }
  }
}

/** The sum of a row, or of its products with another. */
// @ts-ignore: decorator
@inline
function along(x: usize, y: usize, columns: i32, shift: f32): f32 {
  let total = f32x4.splat(0);
  for (let j = 0; j < columns; j += 4) {
    const at = <usize>j << 2;
    let value = f32x4.sub(v128.load(x + at), f32x4.splat(shift));
    if (y != 0) value = f32x4.mul(value, f32x4.sub(v128.load(y + at), f32x4.splat(shift)));
    total = f32x4.add(total, v128.and(value, lanesBelow(columns - j)));
  }
  return lanesSum(total);
}

/** x̂ = (x − mean)·r, r = 1/√(variance + ε), by each row's own mean and biased variance. */
export function normalizeRows(
  x: usize,
  result: usize,
  reciprocal: usize,
  mean: usize,
  variance: usize,
  rows: i32,
  columns: i32,
  epsilon: f32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const row = <usize>i * (<usize>columns << 2);
    const centre = along(x + row, 0, columns, 0) / <f32>columns;
    const spread = along(x + row, x + row, columns, centre) / <f32>columns;
    const factor = <f32>1 / sqrt<f32>(spread + epsilon);
    f32.store(mean + (<usize>i << 2), centre);
    f32.store(variance + (<usize>i << 2), spread);
    f32.store(reciprocal + (<usize>i << 2), factor);
    for (let j = 0; j < columns; j += 4) {
      const at = row + (<usize>j << 2);
      const centred = f32x4.sub(v128.load(x + at), f32x4.splat(centre));
      storeFirst(result + at, f32x4.mul(centred, f32x4.splat(factor)), columns - j);
    }
  }
}

/** r·(g − mean(g) − x̂·mean(g ⊙ x̂)), for each row. */
export function normalizedRowsGradient(
  signal: usize,
  normalized: usize,
  reciprocal: usize,
  result: usize,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const row = <usize>i * (<usize>columns << 2);
    const meanSignal = f32x4.splat(along(signal + row, 0, columns, 0) / <f32>columns);
    const meanAlong = f32x4.splat(along(signal + row, normalized + row, columns, 0) / <f32>columns);
    const factor = f32x4.splat(f32.load(reciprocal + (<usize>i << 2)));
    for (let j = 0; j < columns; j += 4) {
      const at = row + (<usize>j << 2);
      const rest = f32x4.sub(v128.load(signal + at), meanSignal);
      const change = f32x4.sub(rest, f32x4.mul(v128.load(normalized + at), meanAlong));
      storeFirst(result + at, f32x4.mul(factor, change), columns - j);
    }
  }
}
