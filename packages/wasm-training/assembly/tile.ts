// The micro-kernel: a tile of 4×8 results in eight registers of four floats.
//
// B comes from a packed panel of 8 columns. A is read where it lies, in one of two forms:
//   ROWS     four rows, each with its inner dimension contiguous, by four pointers
//   COLUMNS  four neighbours in memory, and the next four along the inner dimension `step` bytes on; a packed panel of
//            A is this with a step of 16
// The inner dimension may be cut into segments: it then goes on at `offsets[s]` bytes from where the row begins. A
// convolution's window is such a row, one segment for each row of the kernel, and needs no copy.
//
// A list of rows says where each row of A begins and where its row of C does: 8 bytes a row, in groups of four.
// A row of C at 0 is not stored: it fills up a group.
import { multiplyAdd, storeFirst } from './simd';
import { activate, masked } from './activations';

const ROWS: i32 = 0;
const COLUMNS: i32 = 1;

export const TILE_ROWS: i32 = 4;
export const TILE_COLUMNS: i32 = 8;

/**
 * What the last store does with a value: keep·C + scale·value, then the bias, then the activation, then the mask
 * of an activation's derivative.
 */
@unmanaged
export class Finish {
  scale: f32;
  keep: f32;
  /** Of the first column; 0 for none. */
  bias: usize;
  /** As `activate` numbers them; 0 for none. */
  activation: i32;
  /** The activation whose derivative the value is multiplied with; 0 for none. */
  derivative: i32;
  /** How far from a place of C that activation's output and its input lie, in bytes. */
  toOutput: usize;
  toInput: usize;
}

/** Bytes that a `Finish` takes. */
export const FINISH_BYTES: usize = 32;

// What the last store has to do, from least to most.
const STORE: i32 = 0;
const ADD: i32 = 1;
const FINISH: i32 = 2;

// @ts-ignore: decorator
@inline
function kindOf(finish: Finish): i32 {
  if (finish.bias != 0 || finish.activation != 0 || finish.derivative != 0) return FINISH;
  if (finish.keep == 0 && finish.scale == 1) return STORE;
  return finish.keep == 1 ? ADD : FINISH;
}

/** Stores four columns, or the first `columns` of them, whatever the finish is. */
function storeFinished(value: v128, at: usize, column: usize, columns: i32, finish: Finish): void {
  if (columns <= 0) return;
  value = f32x4.mul(f32x4.splat(finish.scale), value);
  if (finish.keep != 0) value = f32x4.add(f32x4.mul(f32x4.splat(finish.keep), v128.load(at)), value);
  if (finish.bias != 0) value = f32x4.add(value, v128.load(finish.bias + column));
  if (finish.activation != 0) value = activate(value, finish.activation);
  if (finish.derivative != 0) {
    value = masked(value, v128.load(at + finish.toOutput), v128.load(at + finish.toInput), finish.derivative);
  }
  storeFirst(at, value, columns);
}

/** Stores a row of a tile: eight columns, or the first `columns` of them. */
// @ts-ignore: decorator
@inline
function storeRow(left: v128, right: v128, row: usize, column: usize, columns: i32, kind: i32, finish: Finish): void {
  if (row == 0) return;
  const at = row + column;
  if (kind == FINISH || columns < TILE_COLUMNS) {
    storeFinished(left, at, column, columns, finish);
    storeFinished(right, at + 16, column + 16, columns - 4, finish);
  } else if (kind == ADD) {
    const scale = f32x4.splat(finish.scale);
    v128.store(at, multiplyAdd(scale, left, v128.load(at)));
    v128.store(at, multiplyAdd(scale, right, v128.load(at, 16)), 16);
  } else {
    v128.store(at, left);
    v128.store(at, right, 16);
  }
}

/**
 * C[rows, columns] ← finish(A·B) for the groups of four rows in a list.
 *
 * @param form ROWS or COLUMNS
 * @param list groups of four rows; for COLUMNS only the first row of a group says where A is
 * @param step bytes from one place along the inner dimension to the next, in the form COLUMNS
 * @param segments how often the inner dimension is cut, and `length` numbers in each
 * @param offsets of the segments, in bytes, from where a row of A begins
 * @param panels of B; one is `panel` bytes after another, and its inner dimension begins at once
 */
// @ts-ignore: decorator
@inline
function tiles(
  form: i32,
  list: usize,
  groups: i32,
  step: usize,
  segments: i32,
  offsets: usize,
  length: i32,
  panels: usize,
  panel: usize,
  firstColumn: i32,
  lastColumn: i32,
  finish: Finish,
): void {
  const kind = kindOf(finish);
  for (let j = firstColumn; j < lastColumn; j += TILE_COLUMNS, panels += panel) {
    const columns = lastColumn - j;
    for (let group = 0; group < groups; group++) {
      const rows = list + (<usize>group << 5);
      const r0 = load<usize>(rows);
      const r1 = load<usize>(rows, 8);
      const r2 = load<usize>(rows, 16);
      const r3 = load<usize>(rows, 24);
      let b = panels;
      let c00 = f32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      for (let segment = 0; segment < segments; segment++) {
        const offset = load<usize>(offsets + (<usize>segment << 2));
        if (form == ROWS) {
          let a0 = r0 + offset;
          let a1 = r1 + offset;
          let a2 = r2 + offset;
          let a3 = r3 + offset;
          const end = a0 + (<usize>length << 2);
          for (; a0 < end; a0 += 4, a1 += 4, a2 += 4, a3 += 4, b += 32) {
            const b0 = v128.load(b);
            const b1 = v128.load(b, 16);
            let a = v128.load32_splat(a0);
            c00 = multiplyAdd(a, b0, c00);
            c01 = multiplyAdd(a, b1, c01);
            a = v128.load32_splat(a1);
            c10 = multiplyAdd(a, b0, c10);
            c11 = multiplyAdd(a, b1, c11);
            a = v128.load32_splat(a2);
            c20 = multiplyAdd(a, b0, c20);
            c21 = multiplyAdd(a, b1, c21);
            a = v128.load32_splat(a3);
            c30 = multiplyAdd(a, b0, c30);
            c31 = multiplyAdd(a, b1, c31);
          }
        } else {
          let at = r0 + offset;
          for (let p = 0; p < length; p++, at += step, b += 32) {
            const b0 = v128.load(b);
            const b1 = v128.load(b, 16);
            let a = v128.load32_splat(at);
            c00 = multiplyAdd(a, b0, c00);
            c01 = multiplyAdd(a, b1, c01);
            a = v128.load32_splat(at, 4);
            c10 = multiplyAdd(a, b0, c10);
            c11 = multiplyAdd(a, b1, c11);
            a = v128.load32_splat(at, 8);
            c20 = multiplyAdd(a, b0, c20);
            c21 = multiplyAdd(a, b1, c21);
            a = v128.load32_splat(at, 12);
            c30 = multiplyAdd(a, b0, c30);
            c31 = multiplyAdd(a, b1, c31);
          }
        }
      }
      const column = <usize>j << 2;
      storeRow(c00, c01, load<usize>(rows, 4), column, columns, kind, finish);
      storeRow(c10, c11, load<usize>(rows, 12), column, columns, kind, finish);
      storeRow(c20, c21, load<usize>(rows, 20), column, columns, kind, finish);
      storeRow(c30, c31, load<usize>(rows, 28), column, columns, kind, finish);
    }
  }
}

/** Rows that are contiguous along the inner dimension: see `tiles`. */
export function tilesOfRows(
  list: usize,
  groups: i32,
  segments: i32,
  offsets: usize,
  length: i32,
  panels: usize,
  panel: usize,
  firstColumn: i32,
  lastColumn: i32,
  finish: Finish,
): void {
  tiles(ROWS, list, groups, 0, segments, offsets, length, panels, panel, firstColumn, lastColumn, finish);
}

/** Rows that are neighbours in memory, at each place of the inner dimension: see `tiles`. */
export function tilesOfColumns(
  list: usize,
  groups: i32,
  step: usize,
  segments: i32,
  offsets: usize,
  length: i32,
  panels: usize,
  panel: usize,
  firstColumn: i32,
  lastColumn: i32,
  finish: Finish,
): void {
  tiles(COLUMNS, list, groups, step, segments, offsets, length, panels, panel, firstColumn, lastColumn, finish);
}
