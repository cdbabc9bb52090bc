import type { FeedbackRule } from '@feedalign/core';
import { type DirectFeedback, type DirectFeedbackOptions, directFeedback } from './direct-feedback.js';

/**
 * Direct feedback alignment: δ_l = (e F_l) ⊙ f′(a_l), with e the error at the logits and a fixed random F_l.
 * No signal passes from unit to unit, and no gradient by an input is computed.
 *
 * Shapes: e [N, C], F_l [C, d_l], d_l all numbers in the unit's output, the channels of a convolution at every
 * place included. Entries are uniform on ±1/√d_l by default, variance 1/(3 d_l), as in Nøkland's code; a shared
 * matrix is sliced and rescaled so that the variance of each unit's part is that of an independent one.
 *
 * Source: Nøkland, 'Direct feedback alignment provides learning in deep neural networks', NeurIPS 2016; the
 * shared matrix after Launay, Poli, Boniface and Krzakala, NeurIPS 2020, who divide every part by √d_max instead.
 * On a graph with merges each unit gets its own signal, also inside a residual block.
 *
 * @example
 * ```ts
 * convert(model, directFeedbackAlignment({ feedback: 'shared' }));
 * ```
 * @throws FeedalignError `unknown-name` for an unknown distribution
 */
export const directFeedbackAlignment = (options: DirectFeedbackOptions = {}): FeedbackRule<DirectFeedback> =>
  directFeedback('dfa', options, (pass) => pass.error);
