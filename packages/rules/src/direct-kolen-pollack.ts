import { denseKernelGradient, gradientBy } from '@feedalign/backend';
import { type FeedbackRule, hiddenUnits, type Unit } from '@feedalign/core';
import { reshape, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { checkDirect, type DirectFeedbackOptions, directFeedback, unitOptions } from './direct-feedback.js';
import { chained, projected } from './direct-rule.js';
import { heldAt, required } from './drawn-feedback.js';
import { asVariables, type LearnedState, learnable, outlineOfVariables, share } from './learned-feedback.js';
import { type OptionsSchema, oneOf } from './options.js';
import { ofDirectRules } from './warnings.js';

/** Matrices of one unit each, at the ends of units. */
export interface DirectKolenPollackOptions
  extends Omit<DirectFeedbackOptions, 'store' | 'feedback' | 'blocks'> {
  /** 1 − λ: the share of each F, and of each kernel above a hidden unit, that goes in each step. Default 1e-4. */
  readonly decay?: number;
}

const { store: _store, ...drawnAlone } = unitOptions;
export const directKolenPollackOptions: OptionsSchema<
  DirectKolenPollackOptions & { feedback?: 'independent' }
> = {
  ...drawnAlone,
  decay: share,
  // What models say that were saved before.
  feedback: oneOf(['independent']),
};

const slotOf = ({ name, size }: Unit, { shape: [, classes] }: Tensor) => ({
  name,
  shape: [classes as number, size],
});

/** What cannot be otherwise for matrices that learn. */
const alone = { store: 'tensor', feedback: 'independent', blocks: undefined } as const;

/**
 * Direct Kolen–Pollack: δ_l = (e F_l) ⊙ f′(a_l) as in direct feedback alignment, where F_l learns as if it were the
 * output's weight over h_l: F_l ← λF_l − η eᵀh_l, by the optimizer that trains the weights.
 *
 * Shapes: h_l [N, d_l], all numbers of the unit's output; F_l [C, d_l], drawn as for `directFeedbackAlignment`. The
 * kernels decay by λ too, as in `kolenPollack`, but for the first layer's.
 *
 * Source: Webster, Choi and Ahn, 'Learning the connections in direct feedback alignment', 2020, who train F by Adam
 * and the weights by SGD, with a rate for each; here one optimizer trains both.
 *
 * @example
 * ```ts
 * convert(model, directKolenPollack());
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback or a decay that cannot be
 */
export function directKolenPollack(options: DirectKolenPollackOptions = {}): FeedbackRule<LearnedState> {
  checkDirect('dkp', directKolenPollackOptions, options);
  const { decay = 1e-4, ...drawing } = options;
  const begins = directFeedback('dkp', { ...drawing, ...alone });
  const { feedback: _, ...told } = begins.options;
  const matrixOf = (unit: Unit, state: LearnedState) => heldAt(state, unit.name) as Tensor2D | undefined;
  return {
    name: 'dkp',
    pure: true,
    options: { ...told, decay },
    savesState: true,
    init: (network, rng, teaches) => asVariables(begins.init(network, rng, teaches)),
    outline: (network, teaches) => outlineOfVariables(begins.outline(network, teaches)),
    signal: (unit, { error, state }) =>
      projected(error, required('dkp', slotOf(unit, error), heldAt(state, unit.name)), unit.outputShape),
    warnings: ofDirectRules,
    alignmentTarget: (unit, pass) => chained(unit, pass.network, (of) => matrixOf(of, pass.state)),
    parameters: (network, state) =>
      hiddenUnits(network).flatMap((unit) => {
        const feedback = heldAt(state, unit.name);
        return feedback ? learnable(unit, feedback) : [];
      }),
    updates: (unit, updates, pass) => {
      const decayed = updates.map((update) =>
        update.parameter === unit.kernel && unit.below.some(({ name }) => heldAt(pass.state, name))
          ? { ...update, decay }
          : update,
      );
      const feedback = heldAt(pass.state, unit.name);
      if (!feedback) return decayed;
      const input = pass.error;
      const activation = reshape(pass.activation(unit), [-1, unit.size]);
      const gradient = gradientBy(denseKernelGradient, { input, delta: activation }, {});
      return [...decayed, { parameter: learnable(unit, feedback), gradient, decay }];
    },
  };
}
