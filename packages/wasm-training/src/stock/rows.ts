import { FeedalignError } from '@feedalign/core';
import { type TensorInfo, tidy } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';
import { sizeOf } from '../kernel.js';
import { sumOverRows } from '../reduction.js';
import { run } from '../tfjs/run.js';
import { work } from '../work.js';
import { isFloat, type Replacements, requireAxes, requireShape, serving } from './replacement.js';

interface Axes {
  /** All axes, where none is given. */
  readonly axis?: number | readonly number[] | null;
  readonly keepDims: boolean;
}

/** Numbers above which a sum over all of them, one column, is better left to tfjs. */
const mostInOneColumn = 4096;

/** What a sum over an axis without numbers is, and, as on cpu, their mean: tfjs' kernel leaves the result as it found the memory. */
function sumOfNothing(engine: Engine, x: TensorInfo, axes: readonly number[], keepDims: boolean): TensorInfo {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const out = engine.output(keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis)));
  if (sizeOf(out) > 0) sumOverRows(engine, [0, sizeOf(out)], { x: engine.at(x) }, engine.at(out));
  return out;
}

/** The sum over the leading axes, or over all of a small tensor, or the mean; undefined for other axes. */
function leadingSum(
  engine: Engine,
  x: TensorInfo,
  { axis, keepDims }: Axes,
  isMean = false,
): TensorInfo | undefined {
  const rank = x.shape.length;
  const given = axis === undefined || axis === null ? x.shape.map((_, i) => i) : [axis].flat();
  const axes = given.map((each) => (each < 0 ? each + rank : each));
  if (!isFloat(x) || !axes.every((each) => each >= 0 && each < rank)) return undefined;
  if (new Set(axes).size < axes.length) {
    throw new FeedalignError(
      'invalid-option',
      `A sum was asked for over the axes ${axes.join(', ')}.`,
      'Name each axis once.',
    );
  }
  if (sizeOf(x) === 0) return sumOfNothing(engine, x, axes, keepDims);
  const isLeading = axes.length > 0 && [...axes].sort().every((each, i) => each === i);
  const rows = x.shape.slice(0, axes.length).reduce((size, dimension) => size * dimension, 1);
  const columns = sizeOf(x) / rows;
  if (!isLeading || rows === 0 || columns === 0) return undefined;
  if (columns === 1 && rows > mostInOneColumn) return undefined;
  const rest = x.shape.slice(axes.length);
  const out = engine.output(keepDims ? [...axes.map(() => 1), ...rest] : rest);
  sumOverRows(engine, [rows, columns], { x: engine.at(x) }, engine.at(out), {
    scale: isMean ? 1 / rows : 1,
  });
  return out;
}

/** Sums over leading axes, rows picked out by index, and their sums by segment. */
export const rows: Replacements = (engine) => ({
  Sum: serving<{ x: TensorInfo }, Axes>('Sum', ({ x }, axes) => leadingSum(engine, x, axes)),

  Mean: serving<{ x: TensorInfo }, Axes>('Mean', ({ x }, axes) =>
    isFloat(x)
      ? leadingSum(engine, x, axes, true)
      : tidy(() => run('Mean', { x: run('Cast', { x }, { dtype: 'float32' }) }, axes)),
  ),

  UnsortedSegmentSum: serving<{ x: TensorInfo; segmentIds: TensorInfo }, { numSegments: number }>(
    'UnsortedSegmentSum',
    ({ x, segmentIds }, { numSegments }) => {
      const count = sizeOf(segmentIds);
      if (!isFloat(x)) return undefined;
      requireAxes('UnsortedSegmentSum', 'segmentIds', segmentIds);
      requireShape('UnsortedSegmentSum', 'segmentIds', segmentIds, x.shape.slice(0, segmentIds.shape.length));
      const out = engine.output([numSegments, ...x.shape.slice(segmentIds.shape.length)]);
      const columns = numSegments === 0 ? 0 : sizeOf(out) / numSegments;
      const parts = Math.max(
        1,
        Math.min(Math.ceil(columns / 16), engine.parts(count * columns * work.summing)),
      );
      const [from, segments, to] = [x, segmentIds, out].map(engine.at);
      engine.run('sumSegments', parts, from, segments, to, count, numSegments, columns);
      return out;
    },
  ),

  GatherV2: serving<{ x: TensorInfo; indices: TensorInfo }, { axis: number; batchDims: number }>(
    'GatherV2',
    ({ x, indices }, { axis, batchDims }) => {
      requireAxes('GatherV2', 'x', x);
      if (batchDims !== 0 || !isFloat(x)) return undefined;
      const rows = x.shape[axis];
      const wrong = engine.integers(indices).find((index) => index < 0 || index >= rows);
      if (wrong !== undefined)
        throw new Error(`GatherV2: the index value ${wrong} is not in [0, ${rows - 1}]`);
      const [, ...rest] = x.shape;
      const count = sizeOf(indices);
      const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
      if (sizeOf({ shape }) === 0) return engine.output(shape);
      if (axis !== 0) return undefined;
      const out = engine.output([...indices.shape, ...rest]);
      const columns = rest.reduce((size, dimension) => size * dimension, 1);
      const [from, which, to] = [x, indices, out].map(engine.at);
      engine.run('gatherRows', engine.parts(count * columns * work.copying), from, which, to, count, columns);
      return out;
    },
  ),
});
