import { FeedalignError } from '@feedalign/core';
import type { AnyRule } from './combined.js';
import { type LocalOptions, local, localOptions } from './local.js';
import { anyNumber, checkOptions, isPlain, type OptionsSchema, shown, that } from './options.js';
import { perLayer } from './per-layer.js';
import { clipped, normalized, type RescaledOptions, rescaledOptions } from './rescaled.js';
import { type CallableRuleEntry, callable, type RuleEntry } from './rule-entry.js';
import { rules } from './rules.js';
import { scheduled } from './scheduled.js';

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
