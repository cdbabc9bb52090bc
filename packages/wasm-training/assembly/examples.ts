// What is done to each row of a matrix: an example of a batch.
import { reads, writes } from './effects';
import { begin, lanesBelow, lanesSum, multiplyAdd, storeFirst } from './simd';

// @ts-ignore: decorator
@inline
function four(a: usize, b: usize, total: v128): v128 {
  return multiplyAdd(v128.load(a), v128.load(b), total);
}

/** result[i] = Σ_j a[i, j]·b[i, j], for a and b [rows, columns]. */
export function multiplyRows(
  a: reads,
  b: reads,
  result: writes,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let row = begin(part, parts, rows, 1); row < last; row++) {
    const offset = (<usize>row * columns) << 2;
    const end = offset + (<usize>(columns & ~15) << 2);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let at = offset;
    for (; at < end; at += 64) {
      s0 = four(a + at, b + at, s0);
      s1 = four(a + at + 16, b + at + 16, s1);
      s2 = four(a + at + 32, b + at + 32, s2);
      s3 = four(a + at + 48, b + at + 48, s3);
    }
    for (let left = columns & 15; left > 0; left -= 4, at += 16) {
      const product = f32x4.mul(v128.load(a + at), v128.load(b + at));
      s0 = f32x4.add(s0, v128.and(product, lanesBelow(left)));
    }
    store<f32>(result + (<usize>row << 2), lanesSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
  }
}

/** result[i, j] = x[i, j]·factors[i], for x [rows, columns]. */
export function scaleRows(
  x: reads,
  factors: reads,
  result: writes,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, rows, 1);
  for (let row = begin(part, parts, rows, 1); row < last; row++) {
    const factor = v128.load32_splat(factors + (<usize>row << 2));
    const offset = (<usize>row * columns) << 2;
    for (let j = 0; j < columns; j += 4) {
      const at = offset + (<usize>j << 2);
      storeFirst(result + at, f32x4.mul(v128.load(x + at), factor), columns - j);
    }
  }
}
