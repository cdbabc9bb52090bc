import { backend_util, scalar, type TensorInfo, tidy } from '@tensorflow/tfjs-core';
import { activationNumbers } from '../activations.js';
import { sizeOf } from '../kernel.js';
import { run } from '../tfjs/run.js';
import { work } from '../work.js';
import { isFloat, type Replacements, requireShape, serving } from './replacement.js';

/** A function of one number: its kernel, by what number that knows it, and what a number of it costs. */
type Unary = readonly [kernel: 'activateAll' | 'mapAll', what: number, cost: number];

/** As `assembly/activations.ts` and `assembly/elementwise.ts` number them. */
const unary: Readonly<Record<string, Unary>> = {
  Tanh: ['activateAll', activationNumbers.tanh, work.activation],
  Softplus: ['activateAll', activationNumbers.softplus, work.activation],
  Neg: ['mapAll', 0, work.elementwise],
  Abs: ['mapAll', 1, work.elementwise],
  Sign: ['mapAll', 2, work.elementwise],
  Square: ['mapAll', 3, work.elementwise],
  Sqrt: ['mapAll', 4, work.elementwise],
  Floor: ['mapAll', 5, work.elementwise],
  ZerosLike: ['mapAll', 6, work.elementwise],
  OnesLike: ['mapAll', 7, work.elementwise],
};
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

const isNotZero = (x: TensorInfo): TensorInfo =>
  tidy(() => run('NotEqual', { a: x, b: scalar(0, x.dtype as 'float32') }));

/** max(x, 0) + α·min(x, 0): tfjs' kernel takes α for what repeats along the last axes, however it was meant. */
const broadcastPrelu = (x: TensorInfo, alpha: TensorInfo): TensorInfo =>
  tidy(() => {
    const below = run('Multiply', { a: alpha, b: run('Minimum', { a: x, b: scalar(0) }) });
    return run('Add', { a: run('Relu', { x }), b: below });
  });

/** Functions of one number and of two, and casts to float32: slow in tfjs, or in the way of a recording. */
export const elementwise: Replacements = (engine) => ({
  ...Object.fromEntries(
    Object.entries(unary).map(([name, [kernel, what, cost]]) => [
      name,
      serving<{ x: TensorInfo }>(name, ({ x }) => {
        if (!isFloat(x)) return undefined;
        const out = engine.output(x.shape);
        const count = sizeOf(x);
        engine.run(kernel, engine.parts(count * cost), engine.at(x), engine.at(out), count, what);
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

  Prelu: serving<{ x: TensorInfo; alpha: TensorInfo }>('Prelu', ({ x, alpha }) => {
    const shape = backend_util.assertAndGetBroadcastShape(x.shape, alpha.shape);
    requireShape('Prelu', 'x', x, shape);
    if (sizeOf(x) === 0) return engine.output(x.shape);
    return periodOf(alpha, x.shape) === undefined ? broadcastPrelu(x, alpha) : undefined;
  }),
});
