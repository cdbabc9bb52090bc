import type { FeedbackRule, Parameter, Pass, Route, Unit } from '@feedalign/core';
import type { Variable } from '@tensorflow/tfjs-core';
import { type FeedbackOptions, learnedKernelOptions } from './feedback-options.js';
import { heldFeedback, kernelFeedback, ownerOf, unitsPassed } from './kernel-feedback.js';
import {
  asVariables,
  type LearnedState,
  learnable,
  once,
  outlineOfVariables,
  share,
} from './learned-feedback.js';
import { checkOptions, type OptionsSchema } from './options.js';

export interface KolenPollackOptions extends Omit<FeedbackOptions, 'store'> {
  /** 1 − λ: the share of W and of B that goes in each step. Default 1e-4. */
  readonly decay?: number;
}

export const kolenPollackOptions: OptionsSchema<KolenPollackOptions> = {
  ...learnedKernelOptions,
  decay: share,
};

type Held = Pick<Pass<LearnedState>, 'network' | 'state'>;

/**
 * Kolen and Pollack's rule: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l) as in feedback alignment, where B learns as W does: the
 * optimizer gives both the same gradient g, and both decay, W ← λW − ηg and B ← λB − ηg. So B − W shrinks by λ in each
 * step under any optimizer, and B started as W stays W.
 *
 * Shapes and the first B as in `feedbackAlignment`. The decay does not depend on the learning rate; it is that of the
 * kernels that have a B: the first layer, biases and scales keep theirs. A regularizer adds to W and to B what it has
 * for the value of each, and a constraint holds for both.
 *
 * Source: Kolen and Pollack, 'Backpropagation without weight transport', 1994; in this form Akrout, Wilson, Humphreys,
 * Lillicrap and Tweed, 'Deep learning without weight transport', NeurIPS 2019, equations 16 and 17.
 *
 * @example
 * ```ts
 * convert(model, kolenPollack({ decay: 1e-3 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback or a decay that cannot be
 */
export function kolenPollack(options: KolenPollackOptions = {}): FeedbackRule<LearnedState> {
  checkOptions("The rule 'kp'", kolenPollackOptions, options);
  const { decay = 1e-4, ...drawing } = options;
  const begins = kernelFeedback('kp', { ...drawing, store: 'tensor' }, 'xavier-uniform');
  const feedback = heldFeedback<Variable>('kp');
  const parameterOf = (unit: Unit, held: Held): Parameter | undefined => {
    const matrix = feedback.find(unit, held);
    return matrix && learnable(ownerOf(unit, held.network), matrix, unit.kernel);
  };
  const route: Route<LearnedState> = { kernelOf: feedback.of };
  return {
    name: 'kp',
    pure: true,
    options: { ...begins.options, decay },
    savesState: true,
    init: (network, rng, teaches) => asVariables(begins.init(network, rng, teaches)),
    outline: (network, teaches) => outlineOfVariables(begins.outline(network, teaches)),
    signal: (unit, pass) => pass.fromAbove(unit, route),
    alignmentTarget: (unit, pass) => feedback.find(unit, pass) ?? null,
    parameters: (network, state) => [
      ...new Set(unitsPassed(network).flatMap((unit) => parameterOf(unit, { network, state }) ?? [])),
    ],
    updates: (unit, updates, pass) =>
      updates.flatMap((update) => {
        const follower = update.parameter === unit.kernel ? parameterOf(unit, pass) : undefined;
        if (!follower) return [update];
        const gradient = once(update.gradient);
        return [
          { ...update, gradient, decay },
          { parameter: follower, gradient, decay },
        ];
      }),
  };
}
