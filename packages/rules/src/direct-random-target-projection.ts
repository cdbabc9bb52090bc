import { scaleExamples } from '@feedalign/backend';
import type { FeedbackRule, Pass } from '@feedalign/core';
import { div, neg, type Tensor } from '@tensorflow/tfjs-core';
import type { DirectFeedbackOptions } from './direct-feedback.js';
import { directRule } from './direct-rule.js';
import type { FeedbackState } from './drawn-feedback.js';
import { targetsOf } from './targets.js';
import { neverShrinks } from './warnings.js';

/**
 * Direct random target projection: δ_l = (−y F_l) ⊙ f′(a_l), with y the one-hot target. Hidden layers are told what the
 * example is and never what the network made of it, so that each can learn before the next has computed anything; the
 * output learns by its true error.
 *
 * Shapes, options and defaults are those of `directFeedbackAlignment`; networks with one output. The target stands for
 * the error −e of the right class, hence its sign here; the paper leaves the sign to the random F. It is divided by the
 * number of examples, as the mean of a batch's losses divides e: under the reduction 'sum' hidden layers learn that many
 * times slower than the output. The signal does not shrink as the network learns.
 *
 * Source: Frenkel, Lefebvre and Bol, 'Learning without feedback: fixed random learning signals allow for feedforward
 * training of deep neural networks', Frontiers in Neuroscience 15, 2021.
 *
 * @example
 * ```ts
 * convert(model, directRandomTargetProjection({ scale: 0.1 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback that cannot be
 */
export const directRandomTargetProjection = (
  options: DirectFeedbackOptions = {},
): FeedbackRule<FeedbackState> => directRule('drtp', options, target, [neverShrinks]);

const target = (pass: Pass<FeedbackState>): Tensor => {
  const { error, weights } = pass;
  const each = div(neg(targetsOf(pass)), error.shape[0]);
  return weights ? scaleExamples({ x: each, factors: weights }, {}) : each;
};
