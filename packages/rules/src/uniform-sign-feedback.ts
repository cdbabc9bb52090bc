import type { FeedbackRule, Route, Unit } from '@feedalign/core';
import { mul, sign } from '@tensorflow/tfjs-core';
import { checkOptions } from './options.js';
import {
  deviationOf,
  isPassed,
  kernelOf,
  type SignConcordantOptions,
  signOptions,
  updatedBy,
} from './sign-concordant.js';

/**
 * Uniform sign-concordant feedback: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l), B = s·sign(W), s = √(2/(fan-in + fan-out)). The
 * way back has the signs of the present weights and none of their sizes. It draws nothing.
 *
 * Shapes: B has that of W_{l+1}, a convolution's kernel included.
 *
 * Source: Liao, Leibo and Poggio, 'How important is weight symmetry in backpropagation?', AAAI 2016, whose
 * batch-Manhattan update is an option here and needs a learning rate of its own; the size s after Moskovitz,
 * Litwin-Kumar and Abbott, arXiv 1812.06488, 2018. Normalizations keep their own gradient.
 *
 * @example
 * ```ts
 * convert(model, uniformSignFeedback());
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be
 */
export function uniformSignFeedback(options: SignConcordantOptions = {}): FeedbackRule<null> {
  checkOptions("The rule 'usf'", signOptions, options);
  const { scale = 1, update = 'gradient' } = options;
  const feedbackOf = (unit: Unit) => mul(sign(kernelOf(unit)), scale * deviationOf(unit));
  const route: Route<null> = { kernelOf: feedbackOf };
  return {
    name: 'usf',
    pure: true,
    options: { scale, update },
    init: () => null,
    signal: (unit, pass) => pass.fromAbove(unit, route),
    ...updatedBy(update),
    alignmentTarget: (unit) => (isPassed(unit) ? feedbackOf(unit) : null),
  };
}
