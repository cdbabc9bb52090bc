// Sums over the rows of a matrix.
import { changes, reads, writes } from './effects';
import { begin, storeFirst } from './simd';

// What is summed.
const ITSELF: i32 = 0;
const SQUARED_DEVIATION: i32 = 1;
const ALONG: i32 = 2;

/** x, (x − mean)², or (x − mean)·y: for four columns of a row. */
// @ts-ignore: decorator
@inline
function term(x: usize, mean: usize, y: usize, what: i32): v128 {
  const value = v128.load(x);
  if (what == ITSELF) return value;
  const deviation = f32x4.sub(value, v128.load(mean));
  return f32x4.mul(deviation, what == ALONG ? v128.load(y) : deviation);
}

/**
 * partial[block, j] ← Σ of `what` says over the rows of a block, for x [rows, columns]. The blocks do not depend on the
 * number of threads. `mean` is [columns], and y a matrix like x.
 */
export function sumBlocks(
  x: reads,
  mean: reads,
  y: reads,
  rows: i32,
  columns: i32,
  what: i32,
  partial: writes,
  blocks: i32,
  part: i32,
  parts: i32,
): void {
  const row = <usize>columns << 2;
  const lastBlock = begin(part + 1, parts, blocks, 1);
  for (let block = begin(part, parts, blocks, 1); block < lastBlock; block++) {
    const first = begin(block, blocks, rows, 1);
    const count = begin(block + 1, blocks, rows, 1) - first;
    const result = partial + <usize>block * row;
    // Sixteen columns at a time are a cache line.
    for (let j = 0; j < columns; j += 16) {
      let at = x + <usize>first * row + (<usize>j << 2);
      const means = mean + (<usize>j << 2);
      const beside = y - x;
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      const left = columns - j;
      for (let i = 0; i < count; i++, at += row) {
        s0 = f32x4.add(s0, term(at, means, at + beside, what));
        if (left > 4) s1 = f32x4.add(s1, term(at + 16, means + 16, at + beside + 16, what));
        if (left > 8) s2 = f32x4.add(s2, term(at + 32, means + 32, at + beside + 32, what));
        if (left > 12) s3 = f32x4.add(s3, term(at + 48, means + 48, at + beside + 48, what));
      }
      const to = result + (<usize>j << 2);
      storeFirst(to, s0, left);
      storeFirst(to + 16, s1, left - 4);
      storeFirst(to + 32, s2, left - 8);
      storeFirst(to + 48, s3, left - 12);
    }
  }
}

/** result[j] ← keep·result[j] + scale·Σ_i x[i, j] for x [rows, columns], in the order of the rows */
export function sumRows(
  x: reads,
  result: writes,
  rows: i32,
  columns: i32,
  scale: f32,
  keep: f32,
  part: i32,
  parts: i32,
): void {
  const row = <usize>columns << 2;
  const last = begin(part + 1, parts, columns, 4);
  for (let j = begin(part, parts, columns, 4); j < last; j += 4) {
    let at = x + (<usize>j << 2);
    let total = f32x4.splat(0);
    for (let i = 0; i < rows; i++, at += row) total = f32x4.add(total, v128.load(at));
    const to = result + (<usize>j << 2);
    total = f32x4.mul(f32x4.splat(scale), total);
    if (keep != 0) total = f32x4.add(f32x4.mul(f32x4.splat(keep), v128.load(to)), total);
    storeFirst(to, total, last - j);
  }
}

/** x ← x ⊙ y, `count` numbers. */
export function multiply(x: changes, y: reads, count: i32, part: i32, parts: i32): void {
  const last = begin(part + 1, parts, count, 16);
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const at = <usize>i << 2;
    storeFirst(x + at, f32x4.mul(v128.load(x + at), v128.load(y + at)), last - i);
  }
}
