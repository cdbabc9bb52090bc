// Two axes that trade places.
import { reads, writes } from './effects';
import { begin } from './simd';

/** Four rows of four numbers as four columns, `fromRow` and `toRow` bytes from one row to the next. */
// @ts-ignore: decorator
@inline
function transposeTile(from: usize, to: usize, fromRow: usize, toRow: usize): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + fromRow);
  const x2 = v128.load(from + 2 * fromRow);
  const x3 = v128.load(from + 3 * fromRow);
  const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to + toRow, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(to + 2 * toRow, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(to + 3 * toRow, v128.shuffle<i64>(high01, high23, 1, 3));
}

/** y[j, i] = x[i, j] for the columns j from `first` on to `last`, of single numbers. */
function transposeColumns(x: usize, y: usize, rows: i32, columns: i32, first: i32, last: i32): void {
  const fromRow = <usize>columns << 2;
  const toRow = <usize>rows << 2;
  const wholeRows = rows & ~3;
  for (let j = first; j < last; ) {
    const isTile = j + 4 <= last;
    let i = 0;
    if (isTile) {
      for (; i < wholeRows; i += 4) {
        transposeTile(x + <usize>i * fromRow + (<usize>j << 2), y + <usize>j * toRow + (<usize>i << 2), fromRow, toRow);
      }
    }
    const end = isTile ? j + 4 : j + 1;
    for (; i < rows; i++) {
      for (let c = j; c < end; c++) {
        store<f32>(y + <usize>c * toRow + (<usize>i << 2), load<f32>(x + <usize>i * fromRow + (<usize>c << 2)));
      }
    }
    j = end;
  }
}

/** result[l, n, m, :] = x[l, m, n, :], of `outer` l, `rows` m, `columns` n and `inner` numbers each. */
export function exchangeAxes(
  x: reads,
  result: writes,
  outer: i32,
  rows: i32,
  columns: i32,
  inner: i32,
  part: i32,
  parts: i32,
): void {
  const matrix = (<usize>rows * columns * inner) << 2;
  const last = begin(part + 1, parts, outer * columns, 4);
  for (let place = begin(part, parts, outer * columns, 4); place < last; ) {
    const l = place / columns;
    const first = place - l * columns;
    const end = min(columns, first + last - place);
    const from = x + <usize>l * matrix;
    const to = result + <usize>l * matrix;
    if (inner == 1) {
      transposeColumns(from, to, rows, columns, first, end);
    } else {
      const bytes = <usize>inner << 2;
      for (let j = first; j < end; j++) {
        for (let i = 0; i < rows; i++) {
          memory.copy(to + (<usize>j * rows + i) * bytes, from + (<usize>i * columns + j) * bytes, bytes);
        }
      }
    }
    place += end - first;
  }
}
