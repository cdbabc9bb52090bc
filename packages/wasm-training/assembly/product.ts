// The matrix product: C ← f(A·B + bias), or C ← keep·C + scale·A·B, over operands of any strides.
//
// Both operands are packed first: A into panels of 4 rows, B into panels of 8 columns, each panel with the inner
// dimension outermost, zero where the matrix ends. The micro-kernel then holds a tile of 4×8 results in eight
// registers of four floats, reads 4 + 8 numbers for each step along the inner dimension, and stores once.
// Pointers are in bytes, strides and sizes in numbers.

/** Set by the build: whether multiply and add are one relaxed instruction. */
declare const RELAXED: bool;

const ROWS: i32 = 4;
const COLUMNS: i32 = 8;

// @ts-ignore: decorator
@inline
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return RELAXED ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Bytes of scratch that a product needs: both operands, packed, and one tile. */
export function productScratch(m: i32, n: i32, k: i32): i32 {
  return (((m + 3) & ~3) * k + ((n + 7) & ~7) * k + ROWS * COLUMNS) << 2;
}

/** Four rows of four numbers, transposed: `to` gets the columns, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function transposeTile(r0: usize, r1: usize, r2: usize, r3: usize, to: usize, step: usize): void {
  const a = v128.load(r0);
  const b = v128.load(r1);
  const c = v128.load(r2);
  const d = v128.load(r3);
  const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(to + step, v128.shuffle<i64>(ab0, cd0, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<i64>(ab1, cd1, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<i64>(ab1, cd1, 1, 3));
}

/**
 * Packs `count` lines, `width` at a time: to[p·width + i] = from[(first + i)·line + p·inner]. Rows of A are such
 * lines, and so are columns of B.
 */
function pack(from: usize, line: i32, inner: i32, count: i32, k: i32, to: usize, width: i32): void {
  const step = <usize>width << 2;
  for (let first = 0; first < count; first += width) {
    const source = from + ((first * line) << 2);
    const lines = min(width, count - first);
    if (lines == width && line == 1) {
      for (let p = 0; p < k; p++, to += step) {
        const at = source + ((p * inner) << 2);
        v128.store(to, v128.load(at));
        if (width == 8) v128.store(to, v128.load(at, 16), 16);
      }
    } else if (lines == width && inner == 1) {
      const distance = <usize>line << 2;
      let p = 0;
      for (; p + 4 <= k; p += 4, to += step << 2) {
        for (let group = 0; group < width; group += 4) {
          const r0 = source + (p << 2) + group * distance;
          transposeTile(r0, r0 + distance, r0 + 2 * distance, r0 + 3 * distance, to + (group << 2), step);
        }
      }
      for (; p < k; p++, to += step) {
        for (let i = 0; i < width; i++) f32.store(to + (i << 2), f32.load(source + (p << 2) + i * distance));
      }
    } else {
      for (let p = 0; p < k; p++, to += step) {
        for (let i = 0; i < width; i++) {
          f32.store(to + (i << 2), i < lines ? f32.load(source + ((i * line + p * inner) << 2)) : 0);
        }
      }
    }
  }
}

/** What follows the product: the bias of these columns and the activation, or the sum with what is there. */
// @ts-ignore: decorator
@inline
function finish(value: v128, at: usize, bias: usize, activation: i32, accumulate: bool, scale: v128, keep: v128): v128 {
  if (accumulate) return f32x4.add(f32x4.mul(keep, v128.load(at)), f32x4.mul(scale, value));
  if (bias != 0) value = f32x4.add(value, v128.load(bias));
  if (activation != 0) value = f32x4.max(value, f32x4.splat(0));
  if (activation == 2) value = f32x4.min(value, f32x4.splat(6));
  return value;
}

/**
 * @param activation 0 linear, 1 relu, 2 relu6
 * @param bias 0 for none
 * @param accumulate C ← keep·C + scale·A·B; bias and activation are then left out
 * @param scratch `productScratch(m, n, k)` bytes
 */
export function product(
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  c: usize,
  m: i32,
  n: i32,
  k: i32,
  bias: usize,
  activation: i32,
  accumulate: bool,
  scale: f32,
  keep: f32,
  scratch: usize,
): void {
  const packedA = scratch;
  const packedB = packedA + ((((m + 3) & ~3) * k) << 2);
  const tile = packedB + ((((n + 7) & ~7) * k) << 2);
  pack(a, aRow, aColumn, m, k, packedA, ROWS);
  pack(b, bColumn, bRow, n, k, packedB, COLUMNS);
  const scales = f32x4.splat(scale);
  const keeps = f32x4.splat(keep);
  const row = <usize>n << 2;

  for (let j = 0; j < n; j += COLUMNS) {
    const panelB = packedB + ((j * k) << 2);
    const columns = min(COLUMNS, n - j);
    for (let i = 0; i < m; i += ROWS) {
      let pa = packedA + ((i * k) << 2);
      let pb = panelB;
      let c00 = f32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      for (let p = 0; p < k; p++, pa += 16, pb += 32) {
        const b0 = v128.load(pb);
        const b1 = v128.load(pb, 16);
        let s = v128.load32_splat(pa);
        c00 = multiplyAdd(s, b0, c00);
        c01 = multiplyAdd(s, b1, c01);
        s = v128.load32_splat(pa, 4);
        c10 = multiplyAdd(s, b0, c10);
        c11 = multiplyAdd(s, b1, c11);
        s = v128.load32_splat(pa, 8);
        c20 = multiplyAdd(s, b0, c20);
        c21 = multiplyAdd(s, b1, c21);
        s = v128.load32_splat(pa, 12);
        c30 = multiplyAdd(s, b0, c30);
        c31 = multiplyAdd(s, b1, c31);
      }
      const rows = min(ROWS, m - i);
      const at = c + (i * n + j) * 4;
      const bias0 = bias == 0 ? 0 : bias + (j << 2);
      if (columns == COLUMNS) {
        const bias1 = bias == 0 ? 0 : bias0 + 16;
        v128.store(at, finish(c00, at, bias0, activation, accumulate, scales, keeps));
        v128.store(at, finish(c01, at + 16, bias1, activation, accumulate, scales, keeps), 16);
        if (rows > 1) {
          const next = at + row;
          v128.store(next, finish(c10, next, bias0, activation, accumulate, scales, keeps));
          v128.store(next, finish(c11, next + 16, bias1, activation, accumulate, scales, keeps), 16);
        }
        if (rows > 2) {
          const next = at + 2 * row;
          v128.store(next, finish(c20, next, bias0, activation, accumulate, scales, keeps));
          v128.store(next, finish(c21, next + 16, bias1, activation, accumulate, scales, keeps), 16);
        }
        if (rows > 3) {
          const next = at + 3 * row;
          v128.store(next, finish(c30, next, bias0, activation, accumulate, scales, keeps));
          v128.store(next, finish(c31, next + 16, bias1, activation, accumulate, scales, keeps), 16);
        }
      } else {
        // The last columns: the tile goes through memory, number by number, since C ends within it.
        v128.store(tile, c00);
        v128.store(tile, c01, 16);
        v128.store(tile, c10, 32);
        v128.store(tile, c11, 48);
        v128.store(tile, c20, 64);
        v128.store(tile, c21, 80);
        v128.store(tile, c30, 96);
        v128.store(tile, c31, 112);
        for (let r = 0; r < rows; r++) {
          for (let q = 0; q < columns; q++) {
            const to = at + r * row + (q << 2);
            let value = f32.load(tile + ((r * COLUMNS + q) << 2));
            if (accumulate) value = keep * f32.load(to) + scale * value;
            else {
              if (bias != 0) value += f32.load(bias0 + (q << 2));
              if (activation != 0) value = max<f32>(value, 0);
              if (activation == 2) value = min<f32>(value, 6);
            }
            f32.store(to, value);
          }
        }
      }
    }
  }
}
