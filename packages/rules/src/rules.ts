import type { FeedbackRule } from '@feedalign/core';
import { backpropagation } from './backpropagation.js';
import { directFeedbackAlignment } from './direct-feedback-alignment.js';
import { directRandomTargetProjection } from './direct-random-target-projection.js';
import { feedbackAlignment } from './feedback-alignment.js';
import { frozenBody } from './frozen-body.js';
import { fixedRandomSignFeedback, uniformSignFeedback } from './sign-concordant-feedback.js';
import { signDirectFeedbackAlignment } from './sign-direct-feedback-alignment.js';

/** A rule as one chooses it by name. */
export interface RuleEntry {
  readonly title: string;
  /** δ_l of a hidden unit. */
  readonly equation: string;
  readonly source: string;
  /** Makes the rule from options that are plain JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: each rule has options and a state of its own; the table only passes them on.
  make(options?: any): FeedbackRule<any>;
}

/** Every rule by its short name: the one table from which the CLI, `restore` and the tests take their choices. */
export const rules = {
  bp: {
    title: 'Backpropagation',
    equation: '(δ_{l+1} W_{l+1}ᵀ) ⊙ f′',
    source: 'Rumelhart, Hinton and Williams 1986',
    make: backpropagation,
  },
  fa: {
    title: 'Feedback alignment',
    equation: '(δ_{l+1} B_{l+1}ᵀ) ⊙ f′',
    source: 'Lillicrap et al. 2016',
    make: feedbackAlignment,
  },
  dfa: {
    title: 'Direct feedback alignment',
    equation: '(e F_l) ⊙ f′',
    source: 'Nøkland 2016',
    make: directFeedbackAlignment,
  },
  sdfa: {
    title: 'DFA by the sign of the error',
    equation: '(sign(e) F_l) ⊙ f′',
    source: 'Frenkel et al. 2021',
    make: signDirectFeedbackAlignment,
  },
  drtp: {
    title: 'Direct random target projection',
    equation: '(−y F_l) ⊙ f′',
    source: 'Frenkel et al. 2021',
    make: directRandomTargetProjection,
  },
  usf: {
    title: 'Sign-concordant, one size',
    equation: '(δ_{l+1} s·sign(W)ᵀ) ⊙ f′',
    source: 'Liao et al. 2016',
    make: uniformSignFeedback,
  },
  frsf: {
    title: 'Sign-concordant, fixed sizes',
    equation: '(δ_{l+1} (|M|⊙sign W)ᵀ) ⊙ f′',
    source: 'Liao et al. 2016',
    make: fixedRandomSignFeedback,
  },
  frozen: {
    title: 'Frozen body: only the output learns',
    equation: 'none',
    source: 'the arm to compare with',
    make: frozenBody,
  },
} satisfies Record<string, RuleEntry>;

export type RuleName = keyof typeof rules;
