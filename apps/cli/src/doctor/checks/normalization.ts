import {
  gradientBy,
  normalize,
  normalizeGradient,
  normalizeScaleGradient,
  sumLeading,
} from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { bothForms, type Check, differentiated } from '../check.js';
import { normalizedColumns, normalizedRows, scaledAndShifted } from '../plain/rows.js';
import { drawn, type Values } from '../values.js';

const epsilon = 1e-3;

interface Kind {
  plain(x: Values, epsilon: number): Values;
  /** The axes of the statistics, of so many. */
  axes(rank: number): number[];
}

const leading = (rank: number) => Array.from({ length: rank - 1 }, (_, axis) => axis);

const kinds = {
  batch: { plain: normalizedColumns, axes: leading },
  layer: { plain: normalizedRows, axes: (rank) => [rank - 1] },
} satisfies Record<string, Kind>;

/** γ and β belong to the last axis in both kinds. */
function normalization(operation: string, kind: keyof typeof kinds, shape: readonly number[]): Check {
  const { plain, axes: axesOf } = kinds[kind];
  const axes = axesOf(shape.length);
  const channels = [shape[shape.length - 1]];
  return differentiated({
    operation,
    inputs: {
      x: drawn('x', shape, { mean: 0.5 }),
      gamma: drawn('gamma', channels, { mean: 1, deviation: 0.3 }),
      beta: drawn('beta', channels),
    },
    plain: ({ x, gamma, beta }) => scaledAndShifted(plain(x, epsilon), gamma, beta),
    tfjs: ({ x, gamma, beta }) => {
      const { mean, variance } = tf.moments(x, axes, true);
      // tfjs-layers spreads all four over x for a layer normalization, and hands on vectors for the other.
      const spread = (each: tf.Tensor) =>
        (kind === 'layer' ? tf.add(tf.zeros([...shape]), each) : tf.reshape(each, [-1])) as tf.Tensor1D;
      return tf.batchNorm(x, spread(mean), spread(variance), spread(beta), spread(gamma), epsilon);
    },
    feedalign: ({ x, gamma, beta }, signal) => {
      const sharedAxes = leading(shape.length);
      const broadcast = (parameter: tf.Tensor) =>
        tf.reshape(parameter, [...sharedAxes.map(() => 1), channels[0]]);
      const scale = broadcast(gamma);
      const [output, reciprocal, mean] = normalize(
        { x, gamma: scale, beta: broadcast(beta) },
        { axes, epsilon },
      );
      return [
        ['output', output],
        ['x', normalizeGradient({ signal, x, mean, reciprocal, gamma: scale }, { axes })],
        ['gamma', normalizeScaleGradient({ signal, x, mean, reciprocal }, { sharedAxes })],
        ...bothForms('beta', gradientBy(sumLeading, { x: signal }, {}), beta.shape),
      ];
    },
  });
}

export const normalizationChecks: readonly Check[] = [
  normalization('batch normalization', 'batch', [7, 5]),
  normalization('batch normalization of images', 'batch', [2, 3, 4, 5]),
  normalization('layer normalization', 'layer', [7, 5]),
  normalization('layer normalization of sequences', 'layer', [2, 4, 6]),
];
