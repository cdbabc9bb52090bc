import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';

/** A matrix in memory: where it begins, and how far its next row and its next column are, in numbers. */
interface Matrix {
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** A row-major matrix, or its transpose. */
export const matrix = (at: number, [rows, columns]: readonly number[], transposed = false): Matrix =>
  transposed
    ? { at, rows: columns, columns: rows, rowStride: 1, columnStride: columns }
    : { at, rows, columns, rowStride: columns, columnStride: 1 };

/** What the last store does. */
type Finish =
  | { readonly bias?: number; readonly activation?: FusedActivation }
  | { readonly scale: number; readonly keep: number };

/** The activations that the product's last store applies, as the assembly numbers them. */
const fusedActivations = { linear: 0, relu: 1, relu6: 2 } as const;
export type FusedActivation = keyof typeof fusedActivations;
export const isFused = (name: string): name is FusedActivation => Object.hasOwn(fusedActivations, name);

/** result ← f(a·b + bias), or result ← keep·result + scale·a·b. */
export function multiply(engine: Engine, a: Matrix, b: Matrix, result: number, finish: Finish): void {
  const { assembly } = engine;
  const [m, n, k] = [a.rows, b.columns, a.columns];
  util.assert(k === b.rows, () => `A product of ${m}×${k} and ${b.rows}×${n} does not exist.`);
  const accumulates = 'scale' in finish;
  assembly.product(
    a.at,
    a.rowStride,
    a.columnStride,
    b.at,
    b.rowStride,
    b.columnStride,
    result,
    m,
    n,
    k,
    accumulates ? 0 : (finish.bias ?? 0),
    accumulates ? 0 : fusedActivations[finish.activation ?? 'linear'],
    accumulates ? 1 : 0,
    accumulates ? finish.scale : 1,
    accumulates ? finish.keep : 0,
    engine.scratch(assembly.productScratch(m, n, k)),
  );
}

/** A new tensor f(a·b + bias), of two matrices given as tensors of rank 2. */
export function productOf(
  engine: Engine,
  { a, b, bias }: { a: TensorInfo; b: TensorInfo; bias?: TensorInfo | null },
  {
    transposeA = false,
    transposeB = false,
    activation = 'linear',
  }: { transposeA?: boolean; transposeB?: boolean; activation?: FusedActivation },
): TensorInfo {
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
