import { FeedalignError } from '@feedalign/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Engine, type Finish, finishBytes } from './engine.js';
import { work } from './work.js';

/** A matrix in memory: where it begins, and how far its next row and its next column are, in numbers. */
interface Matrix {
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** A row-major matrix, or its transpose; `stride` numbers from one of its rows to the next. */
export const matrix = (
  at: number,
  [rows, columns]: readonly number[],
  transposed = false,
  stride = columns,
): Matrix =>
  transposed
    ? { at, rows: columns, columns: rows, rowStride: 1, columnStride: stride }
    : { at, rows, columns, rowStride: stride, columnStride: 1 };

/** What a thread needs of its own for a product: a list of 64 rows, and 64×1024 numbers of A, packed. */
const localBytes = 64 * 8 + 16 + finishBytes + 64 * 1024 * 4;

/** Rows of A that a part should have at least, so that each panel of B that it reads is used often. */
const rowsPerPart = 64;

/** The shape of a matrix as a product takes it. */
export const matrixShape = (shape: readonly number[], transposed: boolean): readonly number[] =>
  transposed ? [shape[1], shape[0]] : shape.slice(0, 2);

/** @throws FeedalignError `shape-mismatch` for matrices that have no product */
export function requireProduct(a: readonly number[], b: readonly number[]): void {
  if ([...a, ...b].filter(Number.isInteger).length === 4 && a[1] === b[0]) return;
  throw new FeedalignError(
    'shape-mismatch',
    `A product of ${a.join('×')} and ${b.join('×')} does not exist.`,
    'The columns of the first are the rows of the second.',
  );
}

/** result ← finish(a·b), row-major; `stride` numbers from one row of it to the next. */
export function multiply(
  engine: Engine,
  a: Matrix,
  b: Matrix,
  result: number,
  finish: Finish,
  stride = b.columns,
): void {
  const [m, n, k] = [a.rows, b.columns, a.columns];
  if (m === 0 || n === 0) return;
  const packed = engine.scratch('packed', ((n + 7) & ~7) * k * 4);
  engine.local(localBytes);
  const one = engine.table([0]);
  engine.run(
    'packColumns',
    engine.parts(n * k * work.packing),
    b.at,
    one,
    1,
    b.columnStride,
    b.rowStride,
    n,
    k,
    packed,
  );
  const parts = engine.parts(m * n * k);
  // Rows and columns are divided, never the inner dimension: so the sums are the same for any number of parts.
  const acrossRows = Math.min(parts, Math.max(1, Math.floor(m / rowsPerPart)));
  const acrossColumns = Math.ceil(parts / acrossRows);
  engine.run(
    'product',
    acrossRows * acrossColumns,
    a.at,
    a.rowStride,
    a.columnStride,
    packed,
    result,
    stride,
    m,
    n,
    k,
    engine.finish(finish),
    acrossColumns,
  );
}

/** A new tensor finish(a·b), of two matrices given as tensors of rank 2. */
export function productOf(
  engine: Engine,
  { a, b, bias }: { a: TensorInfo; b: TensorInfo; bias?: TensorInfo | null },
  {
    transposeA = false,
    transposeB = false,
    activation = 0,
  }: { transposeA?: boolean; transposeB?: boolean; activation?: number },
): TensorInfo {
  const [left, right] = [matrixShape(a.shape, transposeA), matrixShape(b.shape, transposeB)];
  requireProduct(left, right);
  const out = engine.output([a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]]);
  multiply(
    engine,
    matrix(engine.at(a), a.shape, transposeA),
    matrix(engine.at(b), b.shape, transposeB),
    engine.at(out),
    { bias: bias ? engine.at(bias) : 0, activation },
  );
  return out;
}
