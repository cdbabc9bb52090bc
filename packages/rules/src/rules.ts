import { activityForwardGradient, activityOptions } from './activity-forward-gradient.js';
import { backpropagation } from './backpropagation.js';
import { batchwiseRandomSignFeedback, redrawnOptions } from './batchwise-random-sign-feedback.js';
import { directOptions, unitOptions } from './direct-feedback.js';
import { directFeedbackAlignment } from './direct-feedback-alignment.js';
import { directKolenPollack, directKolenPollackOptions } from './direct-kolen-pollack.js';
import { directRandomTargetProjection } from './direct-random-target-projection.js';
import { feedbackAlignment } from './feedback-alignment.js';
import { kernelOptions } from './feedback-options.js';
import { fixedOptions, fixedRandomSignFeedback } from './fixed-random-sign-feedback.js';
import { forwardForward, forwardForwardOptions } from './forward-forward.js';
import { frozenBody } from './frozen-body.js';
import { guessedForwardGradient, guessOptions } from './guess.js';
import { indirectFeedbackAlignment } from './indirect-feedback-alignment.js';
import { kolenPollack, kolenPollackOptions } from './kolen-pollack.js';
import {
  localLossOptions,
  predictionAndSimilarity,
  predictionLoss,
  sharedLossOptions,
  similarityMatching,
} from './local-losses.js';
import { noOptions } from './options.js';
import { pepita, pepitaOptions } from './pepita.js';
import { type CallableRuleEntry, callable, type RuleEntry } from './rule-entry.js';
import { signOptions } from './sign-concordant.js';
import { signDirectFeedbackAlignment } from './sign-direct-feedback-alignment.js';
import { sparseDirectFeedbackAlignment } from './sparse-direct-feedback-alignment.js';
import { uniformSignFeedback } from './uniform-sign-feedback.js';
import { weightForwardGradient, weightOptions } from './weight-forward-gradient.js';
import { mirrorOptions, weightMirror } from './weight-mirror.js';

const plain = {
  bp: {
    title: 'Backpropagation',
    equation: '(δ_{l+1} W_{l+1}ᵀ) ⊙ f′',
    feedback: 'the weights themselves',
    source: 'Rumelhart, Hinton and Williams 1986',
    schema: noOptions,
    make: backpropagation,
  },
  fa: {
    title: 'Feedback alignment',
    equation: '(δ_{l+1} B_{l+1}ᵀ) ⊙ f′',
    feedback: 'fixed B',
    source: 'Lillicrap et al. 2016',
    schema: kernelOptions,
    make: feedbackAlignment,
  },
  dfa: {
    title: 'Direct feedback alignment',
    equation: '(e F_l) ⊙ f′',
    feedback: 'fixed F',
    source: 'Nøkland 2016',
    schema: directOptions,
    make: directFeedbackAlignment,
  },
  ifa: {
    title: 'Indirect feedback alignment',
    equation: '(e F_1) ⊙ f′, (δ_{l−1} W_l) ⊙ f′',
    feedback: 'fixed F of the first units',
    source: 'Nøkland 2016',
    schema: unitOptions,
    make: indirectFeedbackAlignment,
  },
  sdfa: {
    title: 'DFA by the sign of the error',
    equation: '(sign(e) F_l) ⊙ f′',
    feedback: 'fixed F',
    source: 'Frenkel et al. 2021',
    schema: directOptions,
    make: signDirectFeedbackAlignment,
  },
  sparse: {
    title: 'DFA through sparse feedback',
    equation: '(e F_l) ⊙ f′',
    feedback: 'fixed F, a tenth of it',
    source: 'Crafton et al. 2019',
    schema: directOptions,
    make: sparseDirectFeedbackAlignment,
  },
  drtp: {
    title: 'Direct random target projection',
    equation: '(−y F_l) ⊙ f′',
    feedback: 'fixed F',
    source: 'Frenkel et al. 2021',
    schema: directOptions,
    make: directRandomTargetProjection,
  },
  usf: {
    title: 'Sign-concordant, one size',
    equation: '(δ_{l+1} s·sign(W)ᵀ) ⊙ f′',
    feedback: 'signs of W',
    source: 'Liao et al. 2016',
    schema: signOptions,
    make: uniformSignFeedback,
  },
  brsf: {
    title: 'Sign-concordant, redrawn sizes',
    equation: '(δ_{l+1} (|M_t|⊙sign W)ᵀ) ⊙ f′',
    feedback: 'signs of W, M of the step',
    source: 'Liao et al. 2016',
    schema: redrawnOptions,
    make: batchwiseRandomSignFeedback,
  },
  frsf: {
    title: 'Sign-concordant, fixed sizes',
    equation: '(δ_{l+1} (|M|⊙sign W)ᵀ) ⊙ f′',
    feedback: 'signs of W, fixed M',
    source: 'Liao et al. 2016',
    schema: fixedOptions,
    make: fixedRandomSignFeedback,
  },
  wm: {
    title: 'Weight mirror',
    equation: '(δ_{l+1} B_{l+1}ᵀ) ⊙ f′',
    feedback: 'B learns W from noise',
    source: 'Akrout et al. 2019',
    schema: mirrorOptions,
    make: weightMirror,
  },
  kp: {
    title: 'Kolen–Pollack',
    equation: '(δ_{l+1} B_{l+1}ᵀ) ⊙ f′',
    feedback: 'B learns as W does',
    source: 'Kolen and Pollack 1994',
    schema: kolenPollackOptions,
    make: kolenPollack,
  },
  dkp: {
    title: 'Direct Kolen–Pollack',
    equation: '(e F_l) ⊙ f′',
    feedback: 'F learns by eᵀh',
    source: 'Webster et al. 2020',
    schema: directKolenPollackOptions,
    make: directKolenPollack,
  },
  'fg-a': {
    title: 'Forward gradient of activations',
    equation: '(∇L·v) v_l',
    feedback: 'none: v drawn in each step',
    source: 'Ren et al. 2022',
    schema: activityOptions,
    make: activityForwardGradient,
  },
  'fg-w': {
    title: 'Forward gradient of weights',
    equation: 'none: (∇L·v) v for W',
    feedback: 'none: v drawn in each step',
    source: 'Baydin et al. 2022',
    schema: weightOptions,
    make: weightForwardGradient,
  },
  guess: {
    title: 'Forward gradient along a guess',
    equation: '(∇L·u) u/‖u‖²',
    feedback: 'none: u of a local loss',
    source: 'Fournier et al. 2023',
    schema: guessOptions,
    make: guessedForwardGradient,
  },
  pred: {
    title: 'Local loss: prediction',
    equation: '∂L_l/∂h_l ⊙ f′',
    feedback: 'none: a read-out of its own',
    source: 'Nøkland and Eidnes 2019',
    schema: localLossOptions,
    make: predictionLoss,
  },
  sim: {
    title: 'Local loss: similarity',
    equation: '∂L_l/∂h_l ⊙ f′',
    feedback: 'none: a map of its own',
    source: 'Nøkland and Eidnes 2019',
    schema: localLossOptions,
    make: similarityMatching,
  },
  predsim: {
    title: 'Local loss: both of these',
    equation: '∂L_l/∂h_l ⊙ f′',
    feedback: 'none: read-outs of its own',
    source: 'Nøkland and Eidnes 2019',
    schema: sharedLossOptions,
    make: predictionAndSimilarity,
  },
  pepita: {
    title: 'Error-driven input modulation',
    equation: 'h_l(x) − h_l(x + eF)',
    feedback: 'fixed F to the input',
    source: 'Dellaferrera and Kreiman 2022',
    schema: pepitaOptions,
    make: pepita,
  },
  ff: {
    title: 'Forward-forward',
    equation: '∓σ(±(θ − G_l)) h_l ⊙ f′',
    feedback: 'none: true and wrong labels',
    source: 'Hinton 2022',
    schema: forwardForwardOptions,
    make: forwardForward,
  },
  frozen: {
    title: 'Frozen body, the output alone',
    equation: 'none',
    feedback: 'none',
    source: 'the arm to compare with',
    schema: noOptions,
    make: frozenBody,
  },
} satisfies Record<string, RuleEntry>;

export type RuleName = keyof typeof plain;

/**
 * Every rule by its short name: the one table from which the CLI, `restore` and the tests take their choices.
 *
 * @example
 * ```ts
 * rules.dfa.title; // 'Direct feedback alignment'
 * convert(model, rules.dfa());
 * ```
 */
export const rules: Readonly<Record<RuleName, CallableRuleEntry>> = callable(plain);
