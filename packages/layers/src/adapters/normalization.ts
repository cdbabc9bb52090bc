import { meanOver, normalize, normalizeGradient } from '@feedalign/backend';
import { type Gradient, gradientOf, type Operation, type Parameter } from '@feedalign/core';
import { add, mul, reshape, rsqrt, sub, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { type Adapter, type LayerCall, parameterOf, present, requiredParameter } from '../adapter.js';

/** What normalization leaves for the way back; without `signalAxes` the statistics were constants. */
interface Normalized {
  readonly normalized: Tensor;
  readonly reciprocal: Tensor;
  readonly throughStatistics: boolean;
}

/** y = γ ⊙ x̂ + β and its gradients; γ and β keep their own in place of any feedback. */
function scaledAndShifted(
  call: LayerCall,
  /** The axes of x, the batch's included, that have no place of their own in γ and β. */
  sharedAxes: readonly number[],
  /** The axes that the statistics are taken over. */
  axes: readonly number[],
  forwardNormalized: (x: Tensor, training: boolean) => Normalized,
): Operation<Normalized> {
  const gamma = parameterOf(call.layer, 'gamma');
  const beta = parameterOf(call.layer, 'beta');
  const broadcast = (parameter: Parameter) =>
    reshape(parameter.variable, [
      1,
      ...call.outputShape.map((size, i) => (sharedAxes.includes(i + 1) ? 1 : size)),
    ]);
  /** Σ over the shared axes, in the parameter's shape. */
  const gradientFor = (parameter: Parameter | undefined, value: () => Tensor): Gradient[] =>
    parameter
      ? [
          gradientOf(() => {
            const each = value();
            const total = meanOver(each, sharedAxes);
            return reshape(mul(total, each.size / total.size), parameter.variable.shape);
          }),
        ]
      : [];
  return {
    parameters: present(gamma, beta),
    forward: (inputs, { training }) => {
      const saved = forwardNormalized(inputs[0], training);
      const scaled = gamma ? mul(saved.normalized, broadcast(gamma)) : saved.normalized;
      return { inputs, output: beta ? add(scaled, broadcast(beta)) : scaled, saved };
    },
    gradients: ({ saved }, delta) => [
      ...gradientFor(gamma, () => mul(delta, (saved as Normalized).normalized)),
      ...gradientFor(beta, () => delta),
    ],
    inputGradient: ({ saved }, delta) => {
      const { normalized, reciprocal, throughStatistics } = saved as Normalized;
      const signal = gamma ? mul(delta, broadcast(gamma)) : delta;
      if (!throughStatistics) return mul(signal, reciprocal);
      return normalizeGradient({ signal, normalized, reciprocal }, { axes });
    },
  };
}

const resolved = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/**
 * BatchNormalization. In training: x̂ by the batch's mean and biased variance over every axis but one, and
 * moving ← moving·momentum + batch·(1 − momentum), as tfjs does it; else x̂ by the moving statistics.
 */
export const batchNormalization: Adapter = (call) => {
  const { layer, config, outputShape } = call;
  const rank = outputShape.length + 1;
  const axis = resolved(config.axis as number, rank);
  const epsilon = config.epsilon as number;
  const momentum = config.momentum as number;
  const movingMean = requiredParameter(layer, 'moving_mean').variable;
  const movingVariance = requiredParameter(layer, 'moving_variance').variable;
  const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  const spread = (statistic: Tensor) =>
    reshape(statistic, [1, ...outputShape.map((size, i) => (i + 1 === axis ? size : 1))]);
  const track = (moving: Variable, batch: Tensor) =>
    moving.assign(sub(moving, mul(sub(moving, reshape(batch, moving.shape)), 1 - momentum)));
  return scaledAndShifted(call, axes, axes, (x, training) => {
    if (training) {
      const [normalized, reciprocal, mean, variance] = normalize({ x }, { axes, epsilon });
      track(movingMean, mean);
      track(movingVariance, variance);
      return { normalized, reciprocal, throughStatistics: true };
    }
    const reciprocal = rsqrt(add(spread(movingVariance), epsilon));
    return {
      normalized: mul(sub(x, spread(movingMean)), reciprocal),
      reciprocal,
      throughStatistics: false,
    };
  });
};

/** LayerNormalization: x̂ by each example's own mean and biased variance over the layer's axes. */
export const layerNormalization: Adapter = (call) => {
  const { config, outputShape } = call;
  const rank = outputShape.length + 1;
  const axes = [config.axis as number | number[]].flat().map((axis) => resolved(axis, rank));
  const epsilon = config.epsilon as number;
  const shared = Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));
  return scaledAndShifted(call, shared, axes, (x) => {
    const [normalized, reciprocal] = normalize({ x }, { axes, epsilon });
    return { normalized, reciprocal, throughStatistics: true };
  });
};
