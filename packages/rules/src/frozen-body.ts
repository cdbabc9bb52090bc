import type { FeedbackRule } from '@feedalign/core';
import { checkOptions, type NoOptions, noOptions } from './options.js';

/**
 * A frozen body: δ_l = nothing for every hidden unit; only the output learns, by its true error.
 *
 * The arm without which no accuracy of another rule means anything: random features alone go a long way.
 *
 * @example
 * ```ts
 * convert(model, frozenBody());
 * ```
 * @throws FeedalignError `invalid-option` for options, of which there are none
 */
export function frozenBody(options: NoOptions = {}): FeedbackRule<null> {
  checkOptions("The rule 'frozen'", noOptions, options);
  return {
    name: 'frozen',
    pure: true,
    options: {},
    init: () => null,
    signal: () => null,
  };
}
