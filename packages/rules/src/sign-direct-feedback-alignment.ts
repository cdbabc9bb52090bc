import type { FeedbackRule, Pass } from '@feedalign/core';
import { div, sign, type Tensor } from '@tensorflow/tfjs-core';
import type { DirectFeedbackOptions } from './direct-feedback.js';
import { directRule } from './direct-rule.js';
import type { FeedbackState } from './drawn-feedback.js';
import { neverShrinks } from './warnings.js';

/**
 * Direct feedback alignment by the error's sign: δ_l = (sign(e) F_l) ⊙ f′(a_l). Only whether each output was too large
 * or too small is sent down: one bit for each class.
 *
 * Shapes, options and defaults are those of `directFeedbackAlignment`. The signal does not shrink with the error:
 * choose the learning rate, or `scale`, for it.
 *
 * Source: Frenkel, Lefebvre and Bol, 'Learning without feedback: fixed random learning signals allow for feedforward
 * training of deep neural networks', Frontiers in Neuroscience 15, 2021 (there 'sDFA'). To keep one learning rate for
 * all layers, the sign is divided by the number of examples, which the paper, with the error of single examples, need
 * not do; under the reduction 'sum' hidden layers learn that many times slower than the output.
 *
 * @example
 * ```ts
 * convert(model, signDirectFeedbackAlignment({ scale: 0.1 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback that cannot be
 */
export const signDirectFeedbackAlignment = (
  options: DirectFeedbackOptions = {},
): FeedbackRule<FeedbackState> => directRule('sdfa', options, signs, [neverShrinks]);

const signs = ({ error }: Pass<FeedbackState>): Tensor => div(sign(error), error.shape[0]);
