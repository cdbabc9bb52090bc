import type { FeedbackRule } from '@feedalign/core';
import { checkDirect, type DirectFeedbackOptions, directOptions } from './direct-feedback.js';
import { directRule } from './direct-rule.js';
import type { FeedbackState } from './drawn-feedback.js';

/**
 * Sparse direct feedback alignment: δ_l = (e F_l) ⊙ f′(a_l), where each number of a unit hears only a share of the
 * errors, `density`, and at least one: each column of F_l has that share of non-zeros. Default 0.1, which is one of ten
 * classes.
 *
 * Shapes and other options are those of `directFeedbackAlignment`. The entries that are left grow by √(C/kept), so that
 * the signal is as large as that of a full F.
 *
 * Source: Crafton, Parihar, Gebhardt and Raychowdhury, 'Direct feedback alignment with sparse connections for local
 * learning', Frontiers in Neuroscience 13, 2019. F is stored whole, zeros included: what is sparse is what it says.
 *
 * @example
 * ```ts
 * convert(model, sparseDirectFeedbackAlignment({ density: 0.2 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback that cannot be
 */
export function sparseDirectFeedbackAlignment(
  options: DirectFeedbackOptions = {},
): FeedbackRule<FeedbackState> {
  checkDirect('sparse', directOptions, options);
  const { density = 0.1 } = options;
  return directRule('sparse', { ...options, density }, (pass) => pass.error);
}
