import type { FeedbackRule, Pass, Unit } from '@feedalign/core';
import { abs, mul, sign, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type DistributionName, distributionNamed, drawFeedback, fansOfKernel } from './feedback.js';

export interface SignConcordantOptions {
  /** A factor on the feedback. Default 1. */
  readonly scale?: number;
}

/** √(2/(fan-in + fan-out)): the deviation of a kernel that was drawn as Xavier has it. */
const deviationOf = (kernel: Tensor) => {
  const { fanIn, fanOut } = fansOfKernel(kernel.shape);
  return Math.sqrt(2 / (fanIn + fanOut));
};

const kernelOf = (unit: Unit): Tensor => unit.kernel?.variable as Tensor;

/**
 * Uniform sign-concordant feedback: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l), B = s·sign(W), s = √(2/(fan-in + fan-out)). The
 * way back has the signs of the present weights and none of their sizes. It draws nothing.
 *
 * Shapes: B has that of W_{l+1}, a convolution's kernel included.
 *
 * Source: Liao, Leibo and Poggio, 'How important is weight symmetry in backpropagation?', AAAI 2016; the size s after
 * Moskovitz, Litwin-Kumar and Abbott, arXiv 1812.06488, 2018. Normalizations keep their own gradient.
 *
 * @example
 * ```ts
 * convert(model, uniformSignFeedback());
 * ```
 */
export function uniformSignFeedback({ scale = 1 }: SignConcordantOptions = {}): FeedbackRule<null> {
  const feedbackOf = (unit: Unit) => mul(sign(kernelOf(unit)), scale * deviationOf(kernelOf(unit)));
  return {
    name: 'usf',
    options: { scale },
    init: () => null,
    signal: (unit, pass) => pass.fromAbove(unit, feedbackOf),
    alignmentTarget: (unit) => (unit.kernel && unit.below.length > 0 ? feedbackOf(unit) : null),
  };
}

export interface FixedMagnitudeOptions extends SignConcordantOptions {
  /** How M is drawn. Default 'xavier-normal'; see `distributions`. */
  readonly distribution?: DistributionName;
}

/**
 * Sign-concordant feedback of fixed sizes: B = |M| ⊙ sign(W), with M a fixed draw of W's shape.
 *
 * Shapes and source as for `uniformSignFeedback` (there 'frSF', fixed random sizes).
 *
 * @example
 * ```ts
 * convert(model, fixedRandomSignFeedback({ distribution: 'xavier-uniform' }));
 * ```
 * @throws FeedalignError `unknown-name` for an unknown distribution
 */
export function fixedRandomSignFeedback({
  scale = 1,
  distribution = 'xavier-normal',
}: FixedMagnitudeOptions = {}): FeedbackRule<Record<string, Tensor>> {
  distributionNamed(distribution);
  const signed = (unit: Unit, state: Record<string, Tensor>) => mul(sign(kernelOf(unit)), state[unit.name]);
  const feedbackOf = (unit: Unit, pass: Pass<Record<string, Tensor>>) => signed(unit, pass.state);
  return {
    name: 'frsf',
    options: { scale, distribution },
    init: ({ units }, rng) =>
      Object.fromEntries(
        units.flatMap((unit) => {
          if (!unit.kernel || unit.below.length === 0) return [];
          const { shape, size } = unit.kernel.variable;
          const values = drawFeedback(rng.stream(unit.index), size, fansOfKernel(shape), distribution, scale);
          return [[unit.name, abs(tensor(values, shape, 'float32'))]];
        }),
      ),
    signal: (unit, pass) => pass.fromAbove(unit, feedbackOf),
    alignmentTarget: (unit, _network, state) => (state[unit.name] ? signed(unit, state) : null),
  };
}
