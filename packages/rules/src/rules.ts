import { FeedalignError } from '@feedalign/core';
import { activityForwardGradient, activityOptions } from './activity-forward-gradient.js';
import { backpropagation } from './backpropagation.js';
import { batchwiseRandomSignFeedback, redrawnOptions } from './batchwise-random-sign-feedback.js';
import type { AnyRule } from './combined.js';
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
import { type LocalOptions, local, localOptions } from './local.js';
import {
  localLossOptions,
  predictionAndSimilarity,
  predictionLoss,
  sharedLossOptions,
  similarityMatching,
} from './local-losses.js';
import { anyNumber, checkOptions, isPlain, noOptions, type OptionsSchema, shown, that } from './options.js';
import { pepita, pepitaOptions } from './pepita.js';
import { perLayer } from './per-layer.js';
import { clipped, normalized, type RescaledOptions, rescaledOptions } from './rescaled.js';
import { scheduled } from './scheduled.js';
import { signOptions } from './sign-concordant.js';
import { signDirectFeedbackAlignment } from './sign-direct-feedback-alignment.js';
import { sparseDirectFeedbackAlignment } from './sparse-direct-feedback-alignment.js';
import { uniformSignFeedback } from './uniform-sign-feedback.js';
import { weightForwardGradient, weightOptions } from './weight-forward-gradient.js';
import { mirrorOptions, weightMirror } from './weight-mirror.js';

/** A rule as one chooses it by name. */
export interface RuleEntry {
  readonly title: string;
  /** δ_l of a hidden unit. */
  readonly equation: string;
  /** Where the feedback comes from. */
  readonly feedback: string;
  readonly source: string;
  /** What its options may be, by name. */
  readonly schema: OptionsSchema;
  /**
   * Makes the rule from options that are plain JSON.
   *
   * @throws FeedalignError `unknown-name`, `invalid-option` for options that are not as the schema has them
   */
  // biome-ignore lint/suspicious/noExplicitAny: each rule has options of its own; the table only passes them on.
  make(options?: any): AnyRule;
}

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
    title: 'Local losses: prediction, similarity',
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

/** A row of the table that makes its rule when it is called: `rules.dfa({ scale: 2 })` is `dfa({ scale: 2 })`. */
// biome-ignore lint/suspicious/noExplicitAny: as `make`.
export type CallableRuleEntry = RuleEntry & ((options?: any) => AnyRule);

/** The rows, each of which can be called. */
function callable<Name extends string>(
  table: Readonly<Record<Name, RuleEntry>>,
): Readonly<Record<Name, CallableRuleEntry>> {
  const entries = Object.entries<RuleEntry>(table).map(([name, entry]) => {
    const call = (options?: object) => entry.make(options);
    return [name, Object.assign(call, entry)];
  });
  return Object.fromEntries(entries) as Record<Name, CallableRuleEntry>;
}

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

/** A rule as one writes it down: its name, or its name and its options. */
export type RuleSpec =
  | string
  | { readonly rule: string; readonly options?: Readonly<Record<string, unknown>> };

interface PhaseSpec {
  readonly rule: RuleSpec;
  readonly until?: number;
}

const spec = that(
  "a rule's name, or { rule, options }",
  (value) => typeof value === 'string' || isPlain(value),
);
const specs = {
  layers: that("each layer's rule by the layer's name", isPlain),
  phases: that('an array of { rule, until }', (value) => Array.isArray(value) && value.every(isPlain)),
};

/** What `make` returns; an error in it names the place. */
function within<T>(place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof FeedalignError)) throw error;
    throw new FeedalignError(error.code, `${place}: ${error.problem}`, error.wayOut, { cause: error });
  }
}

/** A row's schema and `make` for a rule that is made of others. */
const madeOf = <O extends object>(
  name: string,
  schema: OptionsSchema,
  make: (options: O) => AnyRule,
): Pick<RuleEntry, 'schema' | 'make'> => ({
  schema,
  make: (options = {}) => {
    checkOptions(`The rule '${name}'`, schema, options);
    return make(options);
  },
});

const rescaling = (name: string, make: (rule: AnyRule, options: RescaledOptions) => AnyRule) =>
  madeOf(
    name,
    { rule: spec, ...rescaledOptions },
    ({ rule, ...options }: { rule?: RuleSpec } & RescaledOptions) =>
      make(
        within('rule', () => makeRule(rule)),
        options,
      ),
  );

const made = {
  perLayer: {
    title: 'A rule for each layer',
    equation: 'that of its rule',
    feedback: 'that of its rule',
    source: '',
    ...madeOf(
      'perLayer',
      { layers: specs.layers, otherwise: spec },
      ({ layers = {}, otherwise }: { layers?: Record<string, RuleSpec>; otherwise?: RuleSpec }) =>
        perLayer(
          Object.fromEntries(
            Object.entries(layers).map(([name, rule]) => [
              name,
              within(`layers.${name}`, () => makeRule(rule)),
            ]),
          ),
          within('otherwise', () => makeRule(otherwise)),
        ),
    ),
  },
  normalized: {
    title: 'A rule whose signals are as long as the error',
    equation: 'signal·norm·‖e‖/‖signal‖',
    feedback: 'that of its rule',
    source: '',
    ...rescaling('normalized', normalized),
  },
  clipped: {
    title: 'A rule whose signals are no longer than the error',
    equation: 'signal·min(1, norm·‖e‖/‖signal‖)',
    feedback: 'that of its rule',
    source: '',
    ...rescaling('clipped', clipped),
  },
  local: {
    title: 'A rule within blocks, each with a loss of its own',
    equation: 'that of its rule',
    feedback: 'that of its rule',
    source: 'Ren et al. 2022',
    ...madeOf(
      'local',
      { rule: spec, ...localOptions },
      ({ rule, ...options }: { rule?: RuleSpec } & LocalOptions) =>
        local(
          within('rule', () => makeRule(rule)),
          options,
        ),
    ),
  },
  scheduled: {
    title: 'One rule after the other',
    equation: 'that of the rule of the step',
    feedback: 'that of each rule',
    source: '',
    ...madeOf('scheduled', { phases: specs.phases }, ({ phases = [] }: { phases?: readonly PhaseSpec[] }) =>
      scheduled(
        phases.map((phase, i) =>
          within(`phases.${i}`, () => {
            checkOptions('A phase', { rule: spec, until: anyNumber }, phase);
            return { ...phase, rule: makeRule(phase.rule) };
          }),
        ),
      ),
    ),
  },
} satisfies Record<string, RuleEntry>;

/**
 * The rules that are made of others, by name; their options name those others. `restore(model, { ...rules,
 * ...combinators })` makes them again.
 */
export const combinators: Readonly<Record<keyof typeof made, CallableRuleEntry>> = callable(made);

/**
 * The rule that a spec names, from `rules` or from `combinators`.
 *
 * @example
 * ```ts
 * makeRule({ rule: 'normalized', options: { rule: { rule: 'dfa', options: { scale: 2 } }, norm: 0.5 } });
 * ```
 * @throws FeedalignError `unknown-name` when there is no such rule; `invalid-option` for anything else than a name or
 * { rule, options }; what the rule itself throws for its options
 */
export function makeRule(spec: RuleSpec | undefined): AnyRule {
  const all: Readonly<Record<string, RuleEntry>> = { ...rules, ...combinators };
  if (spec !== undefined && typeof spec !== 'string') {
    checkOptions('A rule, as one writes it down,', written, spec);
  }
  const { rule, options } = typeof spec === 'object' ? spec : { rule: spec };
  if (rule !== undefined && Object.hasOwn(all, rule)) return all[rule].make(options);
  throw new FeedalignError(
    'unknown-name',
    rule === undefined ? 'A rule inside a rule is not named.' : `There is no rule ${shown(rule)}.`,
    `Use one of ${Object.keys(all).join(', ')}.`,
  );
}

const written: OptionsSchema = {
  rule: that('the name of a rule', (value) => typeof value === 'string'),
  options: that("an object of the rule's options", isPlain),
};
