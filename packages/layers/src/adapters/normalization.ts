import {
  accumulateStep,
  gradientBy,
  normalize,
  normalizeGradient,
  normalizeScaleGradient,
  sumLeading,
  sumOver,
} from '@feedalign/backend';
import { type Gradient, gradientOf, type Operation, type Parameter, sumOf } from '@feedalign/core';
import { add, mul, reshape, rsqrt, sub, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import {
  type Adapter,
  type LayerCall,
  parameterOf,
  placesOf,
  present,
  requiredParameter,
} from '../adapter.js';
import { predictsAnyRank } from '../tfjs/any-rank.js';

/** What normalization leaves for the way back; without `throughStatistics` the statistics were constants. */
interface Statistics {
  readonly mean: Tensor;
  readonly reciprocal: Tensor;
  readonly throughStatistics: boolean;
}

interface Affine {
  readonly gamma?: Tensor;
  readonly beta?: Tensor;
}

/** y = γ ⊙ x̂ + β and its gradients; γ and β keep their own in place of any feedback. */
function scaledAndShifted(
  call: LayerCall,
  /** The axes of x, the batch's included, that have no place of their own in γ and β. */
  sharedAxes: readonly number[],
  /** The axes that the statistics are taken over. */
  axes: readonly number[],
  forward: (
    x: Tensor,
    affine: Affine,
    training: boolean,
  ) => { output: Tensor; saved: Statistics; settle?: () => void; beside?: readonly Tensor[] },
): Operation<Statistics> {
  const gamma = parameterOf(call.layer, 'gamma');
  const beta = parameterOf(call.layer, 'beta');
  const shape = [1, ...call.outputShape.map((size, i) => (sharedAxes.includes(i + 1) ? 1 : size))];
  const isLeading =
    sharedAxes.length === call.outputShape.length && sharedAxes.every((axis, i) => axis === i);
  // γ and β of the last axes broadcast as they are; a reshape of a variable would hold its data while it is to change.
  const spread = (parameter: Parameter | undefined) =>
    parameter && (isLeading ? parameter.variable : reshape(parameter.variable, shape));
  const shiftGradient = (delta: Tensor): Gradient =>
    isLeading
      ? gradientBy(sumLeading, { x: delta }, {})
      : gradientOf(() => reshape(sumOver(delta, sharedAxes), (beta as Parameter).variable.shape));
  const scaleGradient = (x: Tensor, { mean, reciprocal }: Statistics, signal: Tensor): Gradient =>
    gradientOf(() => {
      const total = normalizeScaleGradient({ signal, x, mean, reciprocal }, { sharedAxes });
      return reshape(total, (gamma as Parameter).variable.shape);
    });
  const parameters = present(gamma, beta);
  return {
    parameters,
    forward: (inputs, { training }) => ({
      inputs,
      ...forward(inputs[0], { gamma: spread(gamma), beta: spread(beta) }, training),
    }),
    gradients: ({ inputs, saved }, delta) => [
      ...(gamma ? [scaleGradient(inputs[0], saved as Statistics, delta)] : []),
      ...(beta ? [shiftGradient(delta)] : []),
    ],
    inputGradient: ({ inputs, saved }, signal) => {
      const { mean, reciprocal, throughStatistics } = saved as Statistics;
      const scale = spread(gamma);
      if (!throughStatistics) return mul(scale ? mul(signal, scale) : signal, reciprocal);
      return normalizeGradient({ signal, x: inputs[0], mean, reciprocal, gamma: scale }, { axes });
    },
    // The way back through the statistics is symmetric; γ comes after it instead of before.
    tangent: ({ inputs, saved }, change) => {
      const { mean, reciprocal, throughStatistics } = saved as Statistics;
      const scale = spread(gamma);
      const normalized = throughStatistics
        ? normalizeGradient({ signal: change, x: inputs[0], mean, reciprocal }, { axes })
        : mul(change, reciprocal);
      return scale ? mul(normalized, scale) : normalized;
    },
    parameterTangent: ({ inputs, output, saved }, changes) => {
      const { mean, reciprocal } = saved as Statistics;
      const [byScale, byShift] = [gamma, beta].map(
        (parameter) => changes[parameters.indexOf(parameter as Parameter)],
      );
      return sumOf([
        byScale ? mul(mul(sub(inputs[0], mean), reciprocal), reshape(byScale, shape)) : null,
        byShift ? add(zerosLike(output), reshape(byShift, shape)) : null,
      ]);
    },
  };
}

const resolved = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/**
 * BatchNormalization. In training: x̂ by the batch's mean and biased variance over every axis but one, and
 * moving ← moving·momentum + batch·(1 − momentum), as tfjs does it; else, and in training while the layer is frozen, x̂ by
 * the moving statistics.
 */
export const batchNormalization: Adapter = (call) => {
  const { layer, config, outputShape } = call;
  const rank = outputShape.length + 1;
  if (rank > 4) predictsAnyRank(layer);
  const axis = resolved(config.axis as number, rank);
  const epsilon = config.epsilon as number;
  const momentum = config.momentum as number;
  const movingMean = requiredParameter(layer, 'moving_mean').variable;
  const movingVariance = requiredParameter(layer, 'moving_variance').variable;
  const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  const spread = (statistic: Tensor) =>
    reshape(statistic, [1, ...outputShape.map((size, i) => (i + 1 === axis ? size : 1))]);
  const rates = { scale: 1 - momentum, keep: momentum };
  const operation = scaledAndShifted(call, axes, axes, (x, { gamma, beta }, training) => {
    if (training && !call.keepsStatistics()) {
      const [output, reciprocal, mean, variance] = normalize({ x, gamma, beta }, { axes, epsilon });
      const settle = () => {
        accumulateStep({ variable: movingMean, value: reshape(mean, movingMean.shape) }, rates);
        accumulateStep({ variable: movingVariance, value: reshape(variance, movingVariance.shape) }, rates);
      };
      return {
        output,
        saved: { mean, reciprocal, throughStatistics: true },
        settle,
        beside: [mean, variance],
      };
    }
    const mean = spread(movingMean);
    const reciprocal = rsqrt(add(spread(movingVariance), epsilon));
    const normalized = mul(sub(x, mean), reciprocal);
    const scaled = gamma ? mul(normalized, gamma) : normalized;
    return {
      output: beta ? add(scaled, beta) : scaled,
      saved: { mean, reciprocal, throughStatistics: false },
    };
  });
  return {
    ...operation,
    setting: () => (call.keepsStatistics() ? 'moving' : 'batch'),
    apart: Number.POSITIVE_INFINITY,
    mixesExamples: () => !call.keepsStatistics(),
  };
};

/** LayerNormalization: x̂ by each example's own mean and biased variance over the layer's axes. */
export const layerNormalization: Adapter = (call) => {
  const { config, outputShape } = call;
  const rank = outputShape.length + 1;
  const axes = [config.axis as number | number[]].flat().map((axis) => resolved(axis, rank));
  const epsilon = config.epsilon as number;
  const shared = Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));
  const operation = scaledAndShifted(call, shared, axes, (x, { gamma, beta }) => {
    const [output, reciprocal, mean] = normalize({ x, gamma, beta }, { axes, epsilon });
    return { output, saved: { mean, reciprocal, throughStatistics: true } };
  });
  return axes.join() === `${rank - 1}` ? { ...operation, apart: placesOf(outputShape) } : operation;
};
