import type { FeedbackRule } from '@feedalign/core';
import { checkOptions, type NoOptions, noOptions } from './options.js';

/**
 * Backpropagation: δ_l = (δ_{l+1} W_{l+1}ᵀ) ⊙ f′(a_l). The signal of each unit is the one that the true gradient
 * brings down through the forward weights.
 *
 * It is here to be compared with: it runs through the same steps as every other rule.
 *
 * @example
 * ```ts
 * convert(model, backpropagation());
 * ```
 * @throws FeedalignError `invalid-option` for options, of which there are none
 */
export function backpropagation(options: NoOptions = {}): FeedbackRule<null> {
  checkOptions("The rule 'bp'", noOptions, options);
  return {
    name: 'bp',
    pure: true,
    options: {},
    init: () => null,
    signal: (unit, pass) => pass.fromAbove(unit),
  };
}
