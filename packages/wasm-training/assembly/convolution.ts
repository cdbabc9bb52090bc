// Convolutions as matrix products whose left operand is never made: a row of it is a window, read in the image where it
// lies, one segment for each row of the kernel.
import { reads, writes } from './effects';
import { packColumns, packPanel } from './packing';
import { begin } from './simd';
import { FINISH_BYTES, Finish, TILE_COLUMNS, TILE_ROWS, tilesOfColumns, tilesOfRows } from './tile';
import { bandsOf, openBand, Window } from './window';

/** Where the outputs go: bytes from one image, row and column to the next. */
@unmanaged
class Places {
  c: usize;
  image: usize;
  row: usize;
  column: usize;
}

/**
 * C[image, y, x, :] ← finish(window(image, y, x) · B), bands of images divided among the parts.
 *
 * @param packed B [segments·length, n], by `packColumns`
 * @param copyAt where in a thread's own scratch bands are copied; the list of pixels stands before it
 */
export function convolve(
  images: i32,
  windowAt: reads,
  placesAt: reads,
  packed: reads,
  n: i32,
  finish: reads,
  copyAt: usize,
  local: usize,
  part: i32,
  parts: i32,
): void {
  const window = changetype<Window>(windowAt);
  const places = changetype<Places>(placesAt);
  const bands = bandsOf(window);
  const panel = <usize>(window.segments * window.length * TILE_COLUMNS) << 2;
  const pixel = <usize>(window.strideColumns * window.channels) << 2;
  const line = <usize>(window.strideRows * window.bandColumns * window.channels) << 2;
  const last = begin(part + 1, parts, images * bands, 1);
  for (let band = begin(part, parts, images * bands, 1); band < last; band++) {
    const image = band / bands;
    const firstRow = (band % bands) * window.bandRows;
    const rows = min(window.bandRows, window.rows - firstRow);
    const corner = openBand(window, image, firstRow, rows, local + copyAt);
    let c = places.c + <usize>image * places.image + <usize>firstRow * places.row;
    let entry = local;
    for (let y = 0; y < rows; y++, c += places.row) {
      let a = corner + <usize>y * line;
      let to = c;
      for (let x = 0; x < window.columns; x++, a += pixel, to += places.column, entry += 8) {
        store<usize>(entry, a);
        store<usize>(entry, to, 4);
      }
    }
    const pixels = rows * window.columns;
    for (let i = pixels; i % TILE_ROWS != 0; i++, entry += 8) {
      store<usize>(entry, corner);
      store<usize>(entry, 0, 4);
    }
    const groups = (pixels + TILE_ROWS - 1) / TILE_ROWS;
    const ends = changetype<Finish>(finish);
    tilesOfRows(local, groups, window.segments, window.offsets, window.length, packed, panel, 0, n, ends);
  }
}

const LEFT_GROUPS: i32 = 8;

/**
 * partial[i, :] ← Σ over pixels of window(pixel)[i] · δ[pixel, :], for each of `partials` groups of bands. The groups
 * do not depend on the number of threads, and are summed in their order afterwards.
 *
 * @param delta δ [N, rows, columns, n]
 * @param partial [partials, segments·length, n]
 * @param zero where a word is 0
 * @param acrossRows into how many parts the rows of a partial are divided
 * @param leftAt where in a thread's own scratch windows are packed, LEFT_GROUPS groups at a time; 0 to read them where
 *   they lie, which is faster unless pixels are so far apart that they push each other out of the first-level cache
 */
export function convolveByKernel(
  images: i32,
  windowAt: reads,
  delta: reads,
  n: i32,
  partial: writes,
  partials: i32,
  zero: reads,
  acrossRows: i32,
  packedAt: usize,
  copyAt: usize,
  leftAt: usize,
  local: usize,
  part: i32,
  parts: i32,
): void {
  const window = changetype<Window>(windowAt);
  const bands = bandsOf(window);
  const which = part / acrossRows;
  const rowPart = part % acrossRows;
  const groupsInRun = (window.length + TILE_ROWS - 1) / TILE_ROWS;
  const firstGroup = begin(rowPart, acrossRows, groupsInRun * window.segments, 1);
  const groups = begin(rowPart + 1, acrossRows, groupsInRun * window.segments, 1) - firstGroup;
  if (groups == 0) return;

  // Rows of the list are kept 32 bytes a group behind the finish and the offsets of the rows of a band.
  const finish = changetype<Finish>(local);
  const offsets = local + FINISH_BYTES;
  const list = offsets + ((<usize>window.bandRows << 2) + 15 & ~15);
  const packed = local + packedAt;
  finish.scale = 1;
  finish.bias = 0;
  finish.activation = 0;
  finish.derivative = 0;
  const line = <usize>(window.strideRows * window.bandColumns * window.channels) << 2;
  for (let y = 0; y < window.bandRows; y++) store<usize>(offsets + (<usize>y << 2), <usize>y * line);
  const result = partial + <usize>(which * window.segments * window.length * n) * 4;

  const first = begin(which, partials, images * bands, 1);
  const last = begin(which + 1, partials, images * bands, 1);
  for (let band = first; band < last; band++) {
    const image = band / bands;
    const firstRow = (band % bands) * window.bandRows;
    const rows = min(window.bandRows, window.rows - firstRow);
    const pixels = rows * window.columns;
    const corner = openBand(window, image, firstRow, rows, local + copyAt);
    for (let group = 0; group < groups; group++) {
      const run = (firstGroup + group) / groupsInRun;
      const start = ((firstGroup + group) % groupsInRun) * TILE_ROWS;
      const entry = list + (<usize>group << 5);
      const row = run * window.length + start;
      store<usize>(entry, corner + load<usize>(window.offsets + (<usize>run << 2)) + (start << 2));
      for (let r = 0; r < TILE_ROWS; r++) {
        const isThere = start + r < window.length;
        store<usize>(entry + (<usize>r << 3), isThere ? result + (((row + r) * n) << 2) : 0, 4);
      }
    }
    const from = delta + <usize>((image * window.rows + firstRow) * window.columns * n) * 4;
    packColumns(from, zero, 1, 1, n, n, pixels, packed, 0, 1);
    finish.keep = band == first ? 0 : 1;
    const panel = <usize>(pixels * TILE_COLUMNS) << 2;
    const step = window.strideColumns * window.channels;
    if (!leftAt) {
      const length = window.columns;
      tilesOfColumns(list, groups, <usize>step << 2, rows, offsets, length, packed, panel, 0, n, finish);
    } else {
      for (let group = 0; group < groups; group += LEFT_GROUPS) {
        const block = list + (<usize>group << 5);
        const count = min(LEFT_GROUPS, groups - group);
        let to = local + leftAt;
        for (let i = 0; i < count; i++) {
          const entry = block + (<usize>i << 5);
          const source = load<usize>(entry);
          store<usize>(entry, to);
          for (let y = 0; y < rows; y++, to += <usize>window.columns << 4) {
            packPanel(source + <usize>y * line, 1, step, TILE_ROWS, window.columns, to, TILE_ROWS);
          }
        }
        tilesOfColumns(block, count, 16, 1, zero, pixels, packed, panel, 0, n, finish);
      }
    }
  }
}
