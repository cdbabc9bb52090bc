// The matrix product: C ← finish(A·B), over operands of which either may be transposed.
import { reads, writes } from './effects';
import { packPanel } from './packing';
import { begin } from './simd';
import { FINISH_BYTES, Finish, TILE_COLUMNS, TILE_ROWS, tilesOfColumns, tilesOfRows } from './tile';

/**
 * Rows of A at a time, and places of the inner dimension: together they stay in the second-level cache, and a panel of
 * B of so many places just fits the first.
 */
const BLOCK_ROWS: i32 = 64;
const BLOCK_INNER: i32 = 1024;

/** Columns from which also contiguous rows of A are packed: they are then read often enough. */
const PACKED_FROM: i32 = 128;

/** Where a thread's own scratch has the list of rows, one offset, the finish of a block, and a block of A, packed. */
const LIST: usize = <usize>BLOCK_ROWS << 3;
const OFFSET: usize = LIST;
const BLOCK_FINISH: usize = OFFSET + 16;
const PACKED: usize = BLOCK_FINISH + FINISH_BYTES;

/**
 * @param aRow numbers from one row of A to the next, and `aColumn` from one column to the next: one of them is 1
 * @param packed B, by `packColumns`
 * @param cRow numbers from one row of C to the next
 * @param acrossColumns into how many parts the columns are divided; the rows into parts / acrossColumns
 */
export function product(
  a: reads,
  aRow: i32,
  aColumn: i32,
  packed: reads,
  c: writes,
  cRow: i32,
  m: i32,
  n: i32,
  k: i32,
  finish: reads,
  acrossColumns: i32,
  local: usize,
  part: i32,
  parts: i32,
): void {
  const acrossRows = parts / acrossColumns;
  const rowPart = part % acrossRows;
  const columnPart = part / acrossRows;
  const lastRow = begin(rowPart + 1, acrossRows, m, TILE_ROWS);
  const firstColumn = begin(columnPart, acrossColumns, n, TILE_COLUMNS);
  const lastColumn = begin(columnPart + 1, acrossColumns, n, TILE_COLUMNS);
  const panels = packed + ((firstColumn * k) << 2);
  const panel = <usize>(k * TILE_COLUMNS) << 2;
  const whole = changetype<Finish>(finish);
  const ofBlock = changetype<Finish>(local + BLOCK_FINISH);
  ofBlock.toOutput = whole.toOutput;
  ofBlock.toInput = whole.toInput;
  store<usize>(local + OFFSET, 0);

  // An empty inner dimension still has a result: what the finish makes of zero.
  for (let p = 0; p == 0 || p < k; p += BLOCK_INNER) {
    const inner = min(BLOCK_INNER, k - p);
    const isLast = p + BLOCK_INNER >= k;
    ofBlock.scale = whole.scale;
    ofBlock.keep = p == 0 ? whole.keep : 1;
    ofBlock.bias = isLast ? whole.bias : 0;
    ofBlock.activation = isLast ? whole.activation : 0;
    ofBlock.derivative = isLast ? whole.derivative : 0;
    for (let i = begin(rowPart, acrossRows, m, TILE_ROWS); i < lastRow; i += BLOCK_ROWS) {
      const rows = min(BLOCK_ROWS, lastRow - i);
      const groups = (rows + TILE_ROWS - 1) / TILE_ROWS;
      const block = a + ((i * aRow + p * aColumn) << 2);
      const isPacked = lastColumn - firstColumn >= PACKED_FROM;
      if (isPacked) {
        for (let r = 0; r < rows; r += TILE_ROWS) {
          const lines = min(TILE_ROWS, rows - r);
          packPanel(block + ((r * aRow) << 2), aRow, aColumn, lines, inner, local + PACKED + ((r * inner) << 2), TILE_ROWS);
        }
      }
      for (let r = 0; r < groups * TILE_ROWS; r++) {
        const entry = local + (<usize>r << 3);
        const row = min(r, rows - 1);
        store<usize>(entry, isPacked ? local + PACKED + ((row * inner) << 2) : block + ((row * aRow) << 2));
        store<usize>(entry, r < rows ? c + (((i + r) * cRow) << 2) : 0, 4);
      }
      const from = panels + (<usize>p << 5);
      if (isPacked || aRow == 1) {
        const step = isPacked ? 16 : <usize>aColumn << 2;
        tilesOfColumns(local, groups, step, 1, local + OFFSET, inner, from, panel, firstColumn, lastColumn, ofBlock);
      } else {
        tilesOfRows(local, groups, 1, local + OFFSET, inner, from, panel, firstColumn, lastColumn, ofBlock);
      }
    }
  }
}
