import type { FeedbackRule, Route, Unit } from '@feedalign/core';
import { abs, mul, sign, type Tensor } from '@tensorflow/tfjs-core';
import type { FeedbackState } from './drawn-feedback.js';
import { type FeedbackOptions, kernelOptions } from './feedback-options.js';
import { kernelFeedback } from './kernel-feedback.js';
import { checkOptions, type OptionsSchema } from './options.js';
import { kernelOf, type SignConcordantOptions, signOptions, updatedBy } from './sign-concordant.js';

export type FixedMagnitudeOptions = FeedbackOptions & Pick<SignConcordantOptions, 'update'>;

export const fixedOptions: OptionsSchema<FixedMagnitudeOptions> = {
  ...kernelOptions,
  update: signOptions.update,
};

/**
 * Sign-concordant feedback of fixed sizes: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l), B = |M| ⊙ sign(W), with M a fixed draw
 * of W's shape, 'xavier-uniform' by default, as in BioTorch (Sanfiz and Akrout, arXiv 2108.13446, 2021).
 *
 * Shapes, source and the batch-Manhattan update as for `uniformSignFeedback` (there 'frSF', fixed random sizes).
 *
 * @example
 * ```ts
 * convert(model, fixedRandomSignFeedback({ distribution: 'xavier-normal' }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback that cannot be
 */
export function fixedRandomSignFeedback(options: FixedMagnitudeOptions = {}): FeedbackRule<FeedbackState> {
  checkOptions("The rule 'frsf'", fixedOptions, options);
  const { update = 'gradient', ...drawing } = options;
  const sizes = kernelFeedback('frsf', drawing, 'xavier-uniform');
  const signed = (unit: Unit, m: Tensor) => mul(sign(kernelOf(unit)), abs(m));
  const route: Route<FeedbackState> = { kernelOf: (unit, pass) => signed(unit, sizes.of(unit, pass)) };
  return {
    name: 'frsf',
    pure: true,
    options: { ...sizes.options, update },
    savesState: sizes.savesState,
    init: sizes.init,
    outline: sizes.outline,
    signal: (unit, pass) => pass.fromAbove(unit, route),
    ...updatedBy(update),
    alignmentTarget: (unit, pass) => {
      const m = sizes.find(unit, pass);
      return m ? signed(unit, m) : null;
    },
  };
}
