// Packing: operands copied into panels, in the order in which the micro-kernel reads them.
import { reads, writes } from './effects';
import { begin } from './simd';

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
 * One panel: to[p·width + i] = from[i·line + p·inner] for the first `lines` of `width` lines, zero for the rest.
 * Rows of A are such lines, and so are columns of B. Strides in numbers.
 */
export function packPanel(from: usize, line: i32, inner: i32, lines: i32, k: i32, to: usize, width: i32): void {
  const step = <usize>width << 2;
  if (lines == width && line == 1) {
    for (let p = 0; p < k; p++, to += step) {
      const at = from + ((p * inner) << 2);
      v128.store(to, v128.load(at));
      if (width == 8) v128.store(to, v128.load(at, 16), 16);
    }
  } else if (lines == width && inner == 1) {
    const distance = <usize>line << 2;
    let p = 0;
    for (; p + 4 <= k; p += 4, to += step << 2) {
      for (let group = 0; group < width; group += 4) {
        const r0 = from + (p << 2) + <usize>group * distance;
        transposeTile(r0, r0 + distance, r0 + 2 * distance, r0 + 3 * distance, to + (group << 2), step);
      }
    }
    for (; p < k; p++, to += step) {
      for (let i = 0; i < width; i++) f32.store(to + (i << 2), f32.load(from + (p << 2) + <usize>i * distance));
    }
  } else {
    for (let p = 0; p < k; p++, to += step) {
      for (let i = 0; i < width; i++) {
        f32.store(to + (i << 2), i < lines ? f32.load(from + ((i * line + p * inner) << 2)) : 0);
      }
    }
  }
}

const PANEL: i32 = 8;
/** Panels that are filled together, where a row of B is contiguous: whole cache lines of it are read. */
const TOGETHER: i32 = 4;

/** TOGETHER panels, `panel` bytes apart: to[q·panel + p·8 + i] = from[p·inner + 8q + i]. */
function packTogether(from: usize, inner: i32, k: i32, to: usize, panel: usize): void {
  const row = <usize>inner << 2;
  for (let p = 0; p < k; p++, from += row, to += 32) {
    let panelTo = to;
    for (let q: usize = 0; q < <usize>(TOGETHER * PANEL) << 2; q += 32, panelTo += panel) {
      v128.store(panelTo, v128.load(from + q));
      v128.store(panelTo, v128.load(from + q, 16), 16);
    }
  }
}

/**
 * Packs columns of B, eight at a time. B is a stack of matrices: at each of `offsets`, in bytes from `from`, n lines of
 * k numbers, `line` and `inner` apart, in numbers. For a dense layer that is one matrix; for a convolution there is one
 * for each place of its window.
 */
export function packColumns(
  from: reads,
  offsets: reads,
  matrices: i32,
  line: i32,
  inner: i32,
  n: i32,
  k: i32,
  to: writes,
  part: i32,
  parts: i32,
): void {
  const panel = <usize>(k * matrices * PANEL) << 2;
  const last = begin(part + 1, parts, n, PANEL);
  let j = begin(part, parts, n, PANEL);
  while (j < last) {
    const together = line == 1 && j + TOGETHER * PANEL <= last;
    const panels = to + <usize>(j / PANEL) * panel;
    for (let i = 0; i < matrices; i++) {
      const matrix = from + load<usize>(offsets + (<usize>i << 2)) + ((j * line) << 2);
      const at = panels + ((i * k * PANEL) << 2);
      if (together) packTogether(matrix, inner, k, at, panel);
      else packPanel(matrix, line, inner, min(PANEL, n - j), k, at, PANEL);
    }
    j += together ? TOGETHER * PANEL : PANEL;
  }
}
