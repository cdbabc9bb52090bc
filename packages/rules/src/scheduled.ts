import { FeedalignError, type FeedbackRule } from '@feedalign/core';
import { type AnyRule, type CombinedState, combined, requireRule, specOf } from './combined.js';
import { anyNumber, checkOptions, type OptionsSchema, that } from './options.js';

/** A rule, and the training step at which the next one takes over; the last has none. */
export interface Phase {
  readonly rule: AnyRule;
  /** The first step, counted from 0, that is the next phase's. */
  readonly until?: number;
}

/**
 * One rule after the other: each phase teaches the training steps before its `until`, the last one the rest.
 *
 * All feedback is drawn before training, every phase's from the same random numbers: a rule that comes again has the
 * feedback that it had. Feedback learns while its phase teaches.
 *
 * @example
 * ```ts
 * convert(model, scheduled([{ until: 500, rule: feedbackAlignment() }, { rule: backpropagation() }]));
 * ```
 * @throws FeedalignError `invalid-option` when the steps do not rise, or one but the last is missing
 */
export function scheduled(phases: readonly Phase[]): FeedbackRule<CombinedState> {
  check(phases);
  const now = (step: () => number) => {
    const at = phases.length > 1 ? step() : 0;
    return keyOf(phases.findIndex(({ until }) => until === undefined || at < until));
  };
  return combined({
    name: 'scheduled',
    options: {
      phases: phases.map(({ rule, until }) => ({
        ...(until !== undefined && { until }),
        rule: specOf(rule),
      })),
    },
    members: Object.fromEntries(phases.map(({ rule }, i) => [keyOf(i), rule])),
    teacherOf: (_unit, step) => now(step),
    mayTeach: () => true,
    isActive: (key, step) => key === now(step),
    phase: (step) => now(() => step),
  });
}

const list = that('an array of { rule, until }', Array.isArray);
const phaseOptions: OptionsSchema<Phase> = { rule: that('a rule', () => true), until: anyNumber };

const keyOf = (phase: number) => `phase ${phase}`;

function check(phases: readonly Phase[]): void {
  checkOptions("The rule 'scheduled'", { phases: list }, { phases });
  phases.forEach((phase, i) => {
    checkOptions(`Phase ${i} of the rule 'scheduled'`, phaseOptions, phase);
    requireRule(`Phase ${i} of the rule 'scheduled'`, phase.rule);
  });
  const ends = phases.map(({ until }) => until);
  const last = ends.pop();
  const rise = ends.every(
    (until, i) => Number.isSafeInteger(until) && (until as number) > (ends[i - 1] ?? 0),
  );
  if (phases.length > 0 && last === undefined && rise) return;
  throw new FeedalignError(
    'invalid-option',
    `The phases end at the steps ${[...ends, last].map((until) => until ?? 'never').join(', ')}.`,
    'Give each phase but the last the step at which the next begins, larger from phase to phase; the last one none.',
  );
}
