import { product } from '@feedalign/backend';
import { type FeedbackRule, hiddenUnits, type Network, type Unit } from '@feedalign/core';
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

export interface DirectFeedbackAlignmentOptions {
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
type Feedback = Record<string, Tensor>;

const shared = 'shared';

/**
 * Direct feedback alignment: δ_l = (e F_l) ⊙ f′(a_l), with e the error at the logits and a fixed random F_l.
 * No signal passes from unit to unit, and no gradient by an input is computed.
 *
 * Shapes: e [N, C], F_l [C, d_l], d_l all numbers in the unit's output, the channels of a convolution at every
 * place included. Entries are uniform on ±1/√d_l by default, variance 1/(3 d_l), as in Nøkland's code; a shared
 * matrix is sliced and rescaled so that the variance of each unit's part is that of an independent one.
 *
 * Source: Nøkland, 'Direct feedback alignment provides learning in deep neural networks', NeurIPS 2016; the
 * shared matrix after Launay, Poli, Boniface and Krzakala, NeurIPS 2020, who divide every part by √d_max instead.
 * On a graph with merges each unit gets its own signal, also inside a residual block.
 *
 * @example
 * ```ts
 * convert(model, directFeedbackAlignment({ feedback: 'shared' }));
 * ```
 * @throws FeedalignError `unknown-name` for an unknown distribution
 */
export function directFeedbackAlignment(
  options: DirectFeedbackAlignmentOptions = {},
): FeedbackRule<Feedback> {
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

  const feedbackOf = (unit: Unit, network: Network, state: Feedback): Tensor => {
    if (feedback === 'independent') return state[unit.name];
    const part = slice(state[shared] as Tensor2D, [0, 0], [-1, unit.size]);
    const fanIn = network.errorSize;
    const ratio = variance({ fanIn, fanOut: fanOut(unit) }) / variance({ fanIn, fanOut: widest(network) });
    return ratio === 1 ? part : mul(part, Math.sqrt(ratio));
  };

  return {
    name: 'dfa',
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
    signal: (unit, { error, network, state }) => {
      const projected = product({ a: error, b: feedbackOf(unit, network, state) }, {});
      const [batch] = error.shape;
      return unit.outputShape.length === 1 ? projected : reshape(projected, [batch, ...unit.outputShape]);
    },
    warnings: (network) => {
      const windows = hiddenUnits(network).filter((unit) => (unit.kernel?.variable.rank ?? 0) > 2);
      if (windows.length === 0) return [];
      const names = windows.map((unit) => unit.name).join(', ');
      return [
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
