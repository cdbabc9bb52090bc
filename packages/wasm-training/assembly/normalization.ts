// Normalization: over the rows of a matrix, as a batch is (its sums are in reduction.ts), or within each row, as a layer is.
import { reads, writes } from './effects';
import { begin, lanesBelow, lanesSum, multiplyAdd, storeFirst } from './simd';

/** r = 1/√(variance + ε), and factor = r·γ; γ at 0 is one. */
export function reciprocalDeviation(
  variance: reads,
  gamma: reads,
  reciprocal: writes,
  factor: writes,
  count: i32,
  epsilon: f32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, count, 4);
  for (let i = begin(part, parts, count, 4); i < last; i += 4) {
    const at = <usize>i << 2;
    const root = f32x4.sqrt(f32x4.add(v128.load(variance + at), f32x4.splat(epsilon)));
    const r = f32x4.div(f32x4.splat(1), root);
    storeFirst(reciprocal + at, r, last - i);
    storeFirst(factor + at, gamma ? f32x4.mul(r, v128.load(gamma + at)) : r, last - i);
  }
}

/** result[i, j] = (x[i, j] − mean[j])·factor[j] + shift[j]; shift at 0 is zero. */
export function normalizeColumns(
  x: reads,
  mean: reads,
  factor: reads,
  shift: reads,
  result: writes,
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
      const centred = f32x4.sub(v128.load(x + row + column), v128.load(mean + column));
      const shifts = shift ? v128.load(shift + column) : f32x4.splat(0);
      storeFirst(result + row + column, multiplyAdd(centred, v128.load(factor + column), shifts), columns - j);
    }
  }
}

/**
 * What the gradient by x is made of, for each column: a = γr, b = −γr³·meanAlong and c = −γr·meanSignal, where
 * meanAlong = mean(g·(x − mean)) with g the signal.
 */
export function normalizedGradientCoefficients(
  reciprocal: reads,
  gamma: reads,
  meanSignal: reads,
  meanAlong: reads,
  result: writes,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const row = <usize>columns << 2;
  const last = begin(part + 1, parts, columns, 4);
  for (let j = begin(part, parts, columns, 4); j < last; j += 4) {
    const at = <usize>j << 2;
    const r = v128.load(reciprocal + at);
    const a = gamma ? f32x4.mul(r, v128.load(gamma + at)) : r;
    const along = f32x4.mul(f32x4.mul(r, r), v128.load(meanAlong + at));
    storeFirst(result + at, a, last - j);
    storeFirst(result + row + at, f32x4.neg(f32x4.mul(a, along)), last - j);
    storeFirst(result + 2 * row + at, f32x4.neg(f32x4.mul(a, v128.load(meanSignal + at))), last - j);
  }
}

/** result[i, j] = a[j]·g[i, j] + b[j]·(x[i, j] − mean[j]) + c[j] */
export function normalizedColumnsGradient(
  signal: reads,
  x: reads,
  mean: reads,
  coefficients: reads,
  result: writes,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const width = <usize>columns << 2;
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const row = <usize>i * width;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const at = row + column;
      const a = v128.load(coefficients + column);
      const b = v128.load(coefficients + width + column);
      const c = v128.load(coefficients + 2 * width + column);
      const centred = f32x4.sub(v128.load(x + at), v128.load(mean + column));
      storeFirst(result + at, multiplyAdd(a, v128.load(signal + at), multiplyAdd(b, centred, c)), columns - j);
    }
  }
}

/** x ⊙ w, for four columns of a row; w at 0 is one. */
// @ts-ignore: decorator
@inline
function weighted(x: usize, w: usize, at: usize): v128 {
  const value = v128.load(x + at);
  return w ? f32x4.mul(value, v128.load(w + at)) : value;
}

/** Σ (x ⊙ w − shift)·(y − other) over a row: y at 0 is one, and w at 0. */
// @ts-ignore: decorator
@inline
function along(x: usize, w: usize, shift: f32, y: usize, other: f32, columns: i32): f32 {
  let total = f32x4.splat(0);
  for (let j = 0; j < columns; j += 4) {
    const at = <usize>j << 2;
    let value = f32x4.sub(weighted(x, w, at), f32x4.splat(shift));
    if (y != 0) value = f32x4.mul(value, f32x4.sub(v128.load(y + at), f32x4.splat(other)));
    total = f32x4.add(total, v128.and(value, lanesBelow(columns - j)));
  }
  return lanesSum(total);
}

/** y = γ ⊙ (x − mean)·r + β, r = 1/√(variance + ε), by each row's own mean and biased variance. */
export function normalizeRows(
  x: reads,
  gamma: reads,
  beta: reads,
  result: writes,
  reciprocal: writes,
  mean: writes,
  variance: writes,
  rows: i32,
  columns: i32,
  epsilon: f32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const row = <usize>i * (<usize>columns << 2);
    const centre = along(x + row, 0, 0, 0, 0, columns) / <f32>columns;
    const spread = along(x + row, 0, centre, x + row, centre, columns) / <f32>columns;
    const factor = <f32>1 / sqrt<f32>(spread + epsilon);
    f32.store(mean + (<usize>i << 2), centre);
    f32.store(variance + (<usize>i << 2), spread);
    f32.store(reciprocal + (<usize>i << 2), factor);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const centred = f32x4.sub(v128.load(x + row + column), f32x4.splat(centre));
      let value = f32x4.mul(centred, f32x4.splat(factor));
      if (gamma) value = f32x4.mul(value, v128.load(gamma + column));
      if (beta) value = f32x4.add(value, v128.load(beta + column));
      storeFirst(result + row + column, value, columns - j);
    }
  }
}

/** With g = signal ⊙ γ: r·(g − mean(g) − x̂·mean(g ⊙ x̂)), for each row. */
export function normalizedRowsGradient(
  signal: reads,
  x: reads,
  gamma: reads,
  mean: reads,
  reciprocal: reads,
  result: writes,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const row = <usize>i * (<usize>columns << 2);
    const centre = f32.load(mean + (<usize>i << 2));
    const r = f32.load(reciprocal + (<usize>i << 2));
    const meanSignal = f32x4.splat(along(signal + row, gamma, 0, 0, 0, columns) / <f32>columns);
    const meanAlong = (along(signal + row, gamma, 0, x + row, centre, columns) * r * r) / <f32>columns;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const g = weighted(signal + row, gamma, column);
      const centred = f32x4.sub(v128.load(x + row + column), f32x4.splat(centre));
      const change = f32x4.sub(f32x4.sub(g, meanSignal), f32x4.mul(centred, f32x4.splat(meanAlong)));
      storeFirst(result + row + column, f32x4.mul(f32x4.splat(r), change), columns - j);
    }
  }
}
