import { type NormalizationAttributes, normalize, normalizeGradient } from '@feedalign/backend';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Kernels, sizeOf } from '../kernel.js';
import { sumOverRows } from '../reduction.js';

/** Multiply-adds that normalizing is worth for one number, roughly. */
const perNumber = 4;

/**
 * How x is a matrix whose statistics are taken over its rows (all axes but the last ones) or within each (the last ones);
 * undefined for any other axes.
 */
function matrixOf({ shape }: Tensor, axes: readonly number[]) {
  const sorted = [...axes].sort((a, b) => a - b);
  const size = (part: readonly number[]) => part.reduce((product, dimension) => product * dimension, 1);
  const count = sorted.length;
  const at = sorted.every((axis, i) => axis === i)
    ? count
    : sorted.every((axis, i) => axis === shape.length - count + i)
      ? shape.length - count
      : undefined;
  if (at === undefined) return undefined;
  const [rows, columns] = [size(shape.slice(0, at)), size(shape.slice(at))];
  const across: 'rows' | 'columns' = at === count && sorted[0] === 0 ? 'rows' : 'columns';
  return { rows, columns, across };
}

const reduced = (shape: readonly number[], axes: readonly number[]) =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size));

/** Normalization and its gradient, over leading or trailing axes; over others as on any backend. */
export const normalization: Kernels = (engine) => ({
  FeedalignNormalize: ({ x }: { x: Tensor }, { axes, epsilon }: NormalizationAttributes) => {
    const matrix = matrixOf(x, axes);
    if (!matrix) return normalize.portable({ x }, { axes, epsilon });
    const { rows, columns, across } = matrix;
    const small = reduced(x.shape, axes);
    const outputs = [x.shape, small, small, small].map(engine.output);
    const [result, reciprocal, mean, variance] = outputs.map(engine.at);
    const parts = engine.parts(rows * columns * perNumber);
    const from = engine.at(x);
    if (across === 'rows') {
      const each = { scale: 1 / rows };
      sumOverRows(engine, [rows, columns], { x: from }, mean, each);
      sumOverRows(
        engine,
        [rows, columns],
        { x: from, other: mean, what: 'squaredDeviation' },
        variance,
        each,
      );
      engine.run('reciprocalDeviation', 1, variance, reciprocal, columns, epsilon);
      engine.run('centreColumns', parts, from, mean, reciprocal, result, rows, columns);
    } else {
      engine.run('normalizeRows', parts, from, result, reciprocal, mean, variance, rows, columns, epsilon);
    }
    return outputs;
  },

  FeedalignNormalizeGradient: (
    { signal, normalized, reciprocal }: { signal: Tensor; normalized: Tensor; reciprocal: Tensor },
    { axes }: Pick<NormalizationAttributes, 'axes'>,
  ) => {
    const matrix = matrixOf(signal, axes);
    if (!matrix) return normalizeGradient.portable({ signal, normalized, reciprocal }, { axes });
    const { rows, columns, across } = matrix;
    const out = engine.output(signal.shape);
    const [g, x, r, result] = [signal, normalized, reciprocal, out].map(engine.at);
    const parts = engine.parts(sizeOf(signal) * perNumber);
    if (across === 'rows') {
      const means = engine.scratch('tables', columns * 8);
      const along = means + columns * 4;
      const each = { scale: 1 / rows };
      sumOverRows(engine, [rows, columns], { x: g }, means, each);
      sumOverRows(engine, [rows, columns], { x: g, other: x, what: 'product' }, along, each);
      engine.run('normalizedColumnsGradient', parts, g, x, r, means, along, result, rows, columns);
    } else {
      engine.run('normalizedRowsGradient', parts, g, x, r, result, rows, columns);
    }
    return out;
  },
});
