import { FeedalignError } from '@feedalign/core';
import {
  backend_util,
  type NamedAttrMap,
  type NamedTensorMap,
  scalar,
  type Tensor,
  type TensorInfo,
  engine as tfjs,
  tidy,
} from '@tensorflow/tfjs-core';
import { activationNumbers, type FastActivation } from '../activations.js';
import type { Engine } from '../engine.js';
import { sizeOf } from '../kernel.js';
import { sumOverRows } from '../reduction.js';
import { work } from '../work.js';
import { isFloat, type Replacements, requireAxes, requireShape, serving } from './replacement.js';

/** Functions of one number that tfjs computes slowly. */
const slow: Readonly<Record<string, FastActivation>> = { Tanh: 'tanh', Softplus: 'softplus' };

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

/** Functions of one number, as `assembly/elementwise.ts` numbers them. */
const unary = { Neg: 0, Abs: 1, Sign: 2, Square: 3, Sqrt: 4, Floor: 5 } as const;
/** Functions of two. */
const binary = { Add: 0, Sub: 1, Multiply: 2, RealDiv: 3 } as const;

/**
 * After how many numbers those of a tensor repeat, where it broadcasts against a shape by its last axes: 0 for a tensor
 * of that shape, undefined for one that broadcasts in another way.
 */
function periodOf({ shape }: TensorInfo, against: readonly number[]): number | undefined {
  const own = shape.slice(
    shape.findIndex((size) => size !== 1) < 0 ? shape.length : shape.findIndex((size) => size !== 1),
  );
  const ahead = against.length - own.length;
  if (ahead < 0 || !own.every((size, axis) => size === against[axis + ahead])) return undefined;
  const period = sizeOf({ shape: own });
  return period === sizeOf({ shape: against }) ? 0 : period;
}

const run = (name: string, inputs: object, attributes: object = {}): Tensor =>
  tfjs().runKernel(name, inputs as NamedTensorMap, attributes as NamedAttrMap) as Tensor;

const isNotZero = (x: TensorInfo): TensorInfo =>
  tidy(() => run('NotEqual', { a: x, b: scalar(0, x.dtype as 'float32') }));

/** max(x, 0) + α·min(x, 0): tfjs' kernel takes α for what repeats along the last axes, however it was meant. */
const broadcastPrelu = (x: TensorInfo, alpha: TensorInfo): TensorInfo =>
  tidy(() => {
    const below = run('Multiply', { a: alpha, b: run('Minimum', { a: x, b: scalar(0) }) });
    return run('Add', { a: run('Relu', { x }), b: below });
  });

/** Elementwise functions, sums over leading axes, rows picked out by index, and their sums by segment. */
export const elementwise: Replacements = (engine) => ({
  ...Object.fromEntries(
    Object.entries(slow).map(([name, activation]) => [
      name,
      serving<{ x: TensorInfo }>(name, ({ x }) => {
        if (!isFloat(x)) return undefined;
        const out = engine.output(x.shape);
        const count = sizeOf(x);
        const which = activationNumbers[activation];
        engine.run(
          'activateAll',
          engine.parts(count * work.activation),
          engine.at(x),
          engine.at(out),
          count,
          which,
        );
        return out;
      }),
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(unary).map(([name, what]) => [
      name,
      serving<{ x: TensorInfo }>(name, ({ x }) => {
        if (!isFloat(x)) return undefined;
        const out = engine.output(x.shape);
        const count = sizeOf(x);
        engine.run(
          'mapAll',
          engine.parts(count * work.elementwise),
          engine.at(x),
          engine.at(out),
          count,
          what,
        );
        return out;
      }),
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(binary).map(([name, what]) => [
      name,
      serving<{ a: TensorInfo; b: TensorInfo }>(name, ({ a, b }) => {
        if (!isFloat(a, b)) return undefined;
        const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
        const [aPeriod, bPeriod] = [periodOf(a, shape), periodOf(b, shape)];
        const count = sizeOf({ shape });
        if (count === 0 || aPeriod === undefined || bPeriod === undefined) return undefined;
        const out = engine.output(shape);
        const [left, right, result] = [a, b, out].map(engine.at);
        const parts = engine.parts(count * work.elementwise);
        engine.run('combine', parts, left, right, result, count, what, aPeriod, bPeriod);
        return out;
      }),
    ]),
  ),

  Cast: serving<{ x: TensorInfo }, { dtype: string }>('Cast', ({ x }, { dtype }) => {
    // tfjs' own copies the lowest byte of each.
    if (dtype === 'bool' && x.dtype !== 'bool') return isNotZero(x);
    if (dtype !== 'float32' || (x.dtype !== 'int32' && x.dtype !== 'bool')) return undefined;
    const out = engine.output(x.shape);
    const count = sizeOf(x);
    const [from, to] = [x, out].map(engine.at);
    engine.run(
      'toFloats',
      engine.parts(count * work.elementwise),
      from,
      x.dtype === 'bool' ? 1 : 0,
      to,
      count,
    );
    return out;
  }),

  Sum: serving<{ x: TensorInfo }, Axes>('Sum', ({ x }, axes) => leadingSum(engine, x, axes)),

  Mean: serving<{ x: TensorInfo }, Axes>('Mean', ({ x }, axes) =>
    isFloat(x)
      ? leadingSum(engine, x, axes, true)
      : tidy(() => run('Mean', { x: run('Cast', { x }, { dtype: 'float32' }) }, axes)),
  ),

  Prelu: serving<{ x: TensorInfo; alpha: TensorInfo }>('Prelu', ({ x, alpha }) => {
    const shape = backend_util.assertAndGetBroadcastShape(x.shape, alpha.shape);
    requireShape('Prelu', 'x', x, shape);
    if (sizeOf(x) === 0) return engine.output(x.shape);
    return periodOf(alpha, x.shape) === undefined ? broadcastPrelu(x, alpha) : undefined;
  }),

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
