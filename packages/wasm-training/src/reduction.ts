import type { Scalar } from '@feedalign/core';
import type { Engine } from './engine.js';
import { work } from './work.js';

/** What is summed over the rows of x: as `assembly/reduction.ts` numbers it. */
const summands = { itself: 0, squaredDeviation: 1, along: 2 } as const;

interface Summands {
  readonly x: number;
  readonly mean?: number;
  readonly y?: number;
  readonly what?: keyof typeof summands;
}

/** Rows of a block, and blocks at most: they do not depend on the number of threads, so that the sums do not either. */
const rowsPerBlock = 256;
const mostBlocks = 16;

/**
 * result ← keep·result + scale·Σ over the rows of x [rows, columns], of (x − mean)², or of (x − mean) ⊙ y: mean is
 * [columns], and y a matrix like x.
 */
export function sumOverRows(
  engine: Engine,
  [rows, columns]: readonly [number, number],
  { x, mean = 0, y = x, what = 'itself' }: Summands,
  result: number,
  { scale = 1, keep = 0 }: { readonly scale?: Scalar; readonly keep?: Scalar } = {},
): void {
  const blocks = Math.max(1, Math.min(mostBlocks, Math.floor(rows / rowsPerBlock)));
  if (blocks === 1 && what === 'itself') {
    engine.run('sumRows', engine.parts(rows * columns * work.summing), x, result, rows, columns, scale, keep);
    return;
  }
  const partial = engine.scratch('partial', blocks * columns * 4);
  const parts = Math.min(blocks, engine.parts(rows * columns * work.summing));
  engine.run('sumBlocks', parts, x, mean, y, rows, columns, summands[what], partial, blocks);
  engine.run(
    'sumRows',
    engine.parts(blocks * columns * work.summing),
    partial,
    result,
    blocks,
    columns,
    scale,
    keep,
  );
}
