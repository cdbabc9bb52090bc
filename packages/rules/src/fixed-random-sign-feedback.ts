import type { FeedbackRule, Pass, Route, Unit } from '@feedalign/core';
import { abs, mul, sign, type Tensor } from '@tensorflow/tfjs-core';
import type { FeedbackOptions, FeedbackState } from './drawn-feedback.js';
import { kernelFeedback } from './kernel-feedback.js';
import { kernelOf, type SignConcordantOptions, updatedBy } from './sign-concordant.js';

export type FixedMagnitudeOptions = FeedbackOptions & Pick<SignConcordantOptions, 'update'>;

/**
 * Sign-concordant feedback of fixed sizes: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l), B = |M| ⊙ sign(W), with M a fixed draw
 * of W's shape, 'xavier-normal' by default.
 *
 * Shapes, source and the batch-Manhattan update as for `uniformSignFeedback` (there 'frSF', fixed random sizes).
 *
 * @example
 * ```ts
 * convert(model, fixedRandomSignFeedback({ distribution: 'xavier-uniform' }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback that cannot be
 */
export function fixedRandomSignFeedback({
  update = 'gradient',
  ...options
}: FixedMagnitudeOptions = {}): FeedbackRule<FeedbackState> {
  const sizes = kernelFeedback(options, 'xavier-normal');
  const signed = (unit: Unit, m: Tensor) => mul(sign(kernelOf(unit)), abs(m));
  const feedbackOf = (unit: Unit, pass: Pass<FeedbackState>) => {
    const m = sizes.of(unit, pass);
    return m && signed(unit, m);
  };
  const route: Route<FeedbackState> = { kernelOf: (unit, pass) => feedbackOf(unit, pass) as Tensor };
  return {
    name: 'frsf',
    pure: true,
    options: { ...sizes.options, update },
    savesState: sizes.savesState,
    init: sizes.init,
    signal: (unit, pass) => pass.fromAbove(unit, route),
    ...updatedBy(update),
    alignmentTarget: (unit, pass) => feedbackOf(unit, pass) ?? null,
  };
}
