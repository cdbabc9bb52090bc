import type { FeedbackRule } from '@feedalign/core';

/**
 * A frozen body: δ_l = nothing for every hidden unit; only the output learns, by its true error.
 *
 * The arm without which no accuracy of another rule means anything: random features alone go a long way.
 *
 * @example
 * ```ts
 * convert(model, frozenBody());
 * ```
 */
export const frozenBody = (): FeedbackRule<null> => ({
  name: 'frozen',
  pure: true,
  options: {},
  init: () => null,
  signal: () => null,
});
