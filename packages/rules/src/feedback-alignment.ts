import type { FeedbackRule, Pass, Unit } from '@feedalign/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type DistributionName, distributionNamed, drawFeedback, fansOfKernel } from './feedback.js';

export interface FeedbackAlignmentOptions {
  /** How B is drawn. Default 'xavier-uniform', tfjs' own initializer of W; see `distributions`. */
  readonly distribution?: DistributionName;
  /** A factor on B. Default 1. */
  readonly scale?: number;
}

/**
 * Feedback alignment: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l), with a fixed random B_{l+1} of the shape of W_{l+1}.
 *
 * Shapes: δ_l [N, d_l], B_{l+1} [d_l, d_{l+1}]; for a convolution B has the kernel's shape [kh, kw, in, out].
 * B is an independent draw, never W's: each unit draws from the stream of its own.
 *
 * Source: Lillicrap, Cownden, Tweed and Akerman, Nature Communications 7, 2016. Normalizations keep their own
 * gradient; layers without weights pass the signal by their true derivative.
 *
 * @example
 * ```ts
 * convert(model, feedbackAlignment({ distribution: 'unit-uniform' }));
 * ```
 * @throws FeedalignError `unknown-name` for an unknown distribution
 */
export function feedbackAlignment(
  options: FeedbackAlignmentOptions = {},
): FeedbackRule<Record<string, Tensor>> {
  const { distribution = 'xavier-uniform', scale = 1 } = options;
  distributionNamed(distribution);
  const feedbackOf = (unit: Unit, pass: Pass<Record<string, Tensor>>) => pass.state[unit.name];
  return {
    name: 'fa',
    options: { distribution, scale },
    init: ({ units }, rng) =>
      Object.fromEntries(
        units.flatMap((unit) => {
          if (!unit.kernel || unit.below.length === 0) return [];
          const { shape, size } = unit.kernel.variable;
          const values = drawFeedback(rng.stream(unit.index), size, fansOfKernel(shape), distribution, scale);
          return [[unit.name, tensor(values, shape, 'float32')]];
        }),
      ),
    signal: (unit, pass) => pass.fromAbove(unit, feedbackOf),
    alignmentTarget: (unit, _network, state) => state[unit.name] ?? null,
  };
}
