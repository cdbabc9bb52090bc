import { product } from '@feedalign/backend';
import { type FeedbackRule, hiddenUnits, type Network, type Pass, type Unit } from '@feedalign/core';
import {
  matMul,
  mul,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { type DistributionName, distributionNamed, drawFeedback } from './feedback.js';

export interface DirectFeedbackOptions {
  /** How F is drawn; its fan-in is the size of the error, its fan-out that of the unit. Default 'uniform'. */
  readonly distribution?: DistributionName;
  /** A factor on F. Default 1. */
  readonly scale?: number;
  /** 'independent' matrices (default), or one 'shared' matrix of the widest unit, of which each unit takes its part. */
  readonly feedback?: 'independent' | 'shared';
  /**
   * Count every place of a feature map in a convolution's fan-out (default true). False counts its channels
   * only: the signal is then √(places) times larger, which trains few convolutions without diverging.
   */
  readonly normalizeConvolutions?: boolean;
}

/** F by unit, or the one that all share. */
export type DirectFeedback = Record<string, Tensor>;

const shared = 'shared';

/**
 * What the direct rules have in common: a fixed F_l for each hidden unit, and the signal t·F_l, where t [N, C] is what
 * the rule teaches by.
 *
 * @param cautions what one should know of the rule before training any network by it
 * @throws FeedalignError `unknown-name` for an unknown distribution
 */
export function directFeedback(
  name: string,
  options: DirectFeedbackOptions,
  taught: (pass: Pass<DirectFeedback>) => Tensor,
  cautions: readonly string[] = [],
): FeedbackRule<DirectFeedback> {
  const {
    distribution = 'uniform',
    scale = 1,
    feedback = 'independent',
    normalizeConvolutions = true,
  } = options;
  const { variance } = distributionNamed(distribution);

  const fanOut = (unit: Unit) =>
    normalizeConvolutions ? unit.size : (unit.outputShape[unit.outputShape.length - 1] ?? 1);
  const widest = (network: Network) => Math.max(...hiddenUnits(network).map((unit) => unit.size));

  const feedbackOf = (unit: Unit, network: Network, state: DirectFeedback): Tensor => {
    if (feedback === 'independent') return state[unit.name];
    const part = slice(state[shared] as Tensor2D, [0, 0], [-1, unit.size]);
    const fanIn = network.errorSize;
    const ratio = variance({ fanIn, fanOut: fanOut(unit) }) / variance({ fanIn, fanOut: widest(network) });
    return ratio === 1 ? part : mul(part, Math.sqrt(ratio));
  };

  return {
    name,
    options: { distribution, scale, feedback, normalizeConvolutions },
    init: (network, rng) => {
      const rows = network.errorSize;
      const draw = (stream: number | string, columns: number, fan: number) =>
        tensor2d(
          drawFeedback(rng.stream(stream), rows * columns, { fanIn: rows, fanOut: fan }, distribution, scale),
          [rows, columns],
        );
      const hidden = hiddenUnits(network);
      if (hidden.length === 0) return {};
      if (feedback === 'shared') return { [shared]: draw(shared, widest(network), widest(network)) };
      return Object.fromEntries(hidden.map((unit) => [unit.name, draw(unit.index, unit.size, fanOut(unit))]));
    },
    signal: (unit, pass) => {
      const { network, state } = pass;
      const a = taught(pass);
      const projected = product({ a, b: feedbackOf(unit, network, state) }, {});
      const [batch] = a.shape;
      return unit.outputShape.length === 1 ? projected : reshape(projected, [batch, ...unit.outputShape]);
    },
    warnings: (network) => {
      const windows = hiddenUnits(network).filter((unit) => (unit.kernel?.variable.rank ?? 0) > 2);
      if (windows.length === 0) return [...cautions];
      const names = windows.map((unit) => unit.name).join(', ');
      return [
        ...cautions,
        `Convolutions do not align under direct feedback (${names}): shared weights cannot follow a signal that differs at every place (Refinetti et al. 2021). They learn something, but far less than under backpropagation.`,
      ];
    },
    // W_l learns to look like F_{l−1}ᵀ F_l, and the output's weight like F_{L−1}ᵀ.
    alignmentTarget: (unit, network, state) => {
      const [below, ...others] = unit.below;
      const size = unit.kernel?.variable.size;
      if (!below || below.isOutput || others.length > 0) return null;
      const columns = unit.isOutput ? network.errorSize : unit.size;
      if (size !== below.size * columns) return null;
      return tidy(() => {
        const lower = feedbackOf(below, network, state) as Tensor2D;
        if (unit.isOutput) return transpose(lower);
        return matMul(lower, feedbackOf(unit, network, state) as Tensor2D, true, false);
      });
    },
  };
}

/** What one should know of a rule whose signal stays as large as it was when the network makes no more mistakes. */
export const neverShrinks =
  'Its signal does not shrink with the error: units saturate or, with ReLU, die under it. Bounded activations (tanh, sigmoid), wide layers and a small or falling learning rate suit it.';
