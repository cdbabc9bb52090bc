import type { FeedbackRule, Route } from '@feedalign/core';
import type { FeedbackState } from './drawn-feedback.js';
import { type FeedbackOptions, kernelOptions } from './feedback-options.js';
import { kernelFeedback } from './kernel-feedback.js';
import { checkOptions } from './options.js';

/**
 * Feedback alignment: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l), with a fixed random B_{l+1} of the shape of W_{l+1}.
 *
 * Shapes: δ_l [N, d_l], B_{l+1} [d_l, d_{l+1}]; for a convolution B has the kernel's shape [kh, kw, in, out].
 * B is an independent draw, never W's: each unit draws from the stream of its own. Its distribution is
 * 'xavier-uniform' by default, tfjs' own initializer of W. Calls that share W share B.
 *
 * Source: Lillicrap, Cownden, Tweed and Akerman, Nature Communications 7, 2016. Normalizations keep their own
 * gradient; layers without weights pass the signal by their true derivative.
 *
 * @example
 * ```ts
 * convert(model, feedbackAlignment({ distribution: 'unit-uniform' }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback that cannot be
 */
export function feedbackAlignment(options: FeedbackOptions = {}): FeedbackRule<FeedbackState> {
  checkOptions("The rule 'fa'", kernelOptions, options);
  const feedback = kernelFeedback('fa', options, 'xavier-uniform');
  const route: Route<FeedbackState> = { kernelOf: feedback.of };
  return {
    name: 'fa',
    pure: true,
    options: feedback.options,
    savesState: feedback.savesState,
    init: feedback.init,
    outline: feedback.outline,
    signal: (unit, pass) => pass.fromAbove(unit, route),
    alignmentTarget: (unit, pass) => feedback.find(unit, pass) ?? null,
  };
}
