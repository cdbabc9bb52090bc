import {
  FeedalignError,
  type FeedbackRule,
  type Network,
  outlineBelow,
  outlineOf,
  type Parameter,
  type Pass,
  type Rng,
  type TensorTree,
  type Unit,
} from '@feedalign/core';
import { shown } from './options.js';

// biome-ignore lint/suspicious/noExplicitAny: each member has a state of its own; a combination only passes them on.
export type AnyRule = FeedbackRule<any>;

/** The states of the members, by their keys. */
export type CombinedState = Record<string, TensorTree>;

/** A rule made of others: who they are, and whose word counts when. */
export interface Combination {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly members: Readonly<Record<string, AnyRule>>;
  /** The key of the member that teaches a unit at a step. */
  teacherOf(unit: Unit, step: () => number): string;
  /** Whether a member ever teaches a unit. */
  mayTeach(key: string, unit: Unit): boolean;
  /** Whether a member is at work at a step. Default always. */
  isActive?(key: string, step: () => number): boolean;
  /** Random numbers of a member's feedback. Default the rule's own. */
  rngOf?(key: string, rng: Rng): Rng;
  /** A word for what is done otherwise at some steps than at others. Default: nothing is. */
  phase?(step: number): string;
  /** Refuses a network. */
  check?(network: Network): void;
}

/** @throws FeedalignError `invalid-option` for anything that is no rule, as a rule's name */
export function requireRule(of: string, rule: unknown): void {
  const { name, init, signal } = (rule ?? {}) as Partial<AnyRule>;
  if (typeof name === 'string' && typeof init === 'function' && typeof signal === 'function') return;
  throw new FeedalignError(
    'invalid-option',
    `${of} is made of rules, and cannot take ${shown(rule)}.`,
    'Give a rule, as feedbackAlignment(); makeRule() makes one from its name.',
  );
}

/** What a rule is as one writes it down. */
export const specOf = ({ name, options }: AnyRule) => ({ rule: name, options });

/**
 * A rule that asks its members. Each has its own part of the state and its own random numbers, and hears of every step
 * as if it were alone.
 */
export function combined(combination: Combination): FeedbackRule<CombinedState> {
  const { name, options, members, teacherOf, mayTeach, check } = combination;
  const { isActive = () => true, rngOf = (_key, rng) => rng } = combination;
  const entries = Object.entries(members);
  const inner = (pass: Pass<CombinedState>, key: string) => pass.inner<never>(key, pass.state[key] as never);
  const stepOf = (pass: Pass<CombinedState>) => () => pass.step;
  const learns = entries.some(([, member]) => member.learn);
  const estimates = entries.some(([, member]) => member.estimate);
  const changes = entries.some(([, member]) => member.updates);

  const isStaged = combination.phase || entries.some(([, member]) => member.phase);

  return {
    name,
    options,
    pure: entries.every(([, member]) => member.pure),
    ...(isStaged && {
      phase: (step) =>
        [combination.phase, ...entries.map(([, member]) => member.phase)]
          .map((phase) => phase?.(step) ?? '')
          .join(', '),
    }),
    savesState: entries.some(([, member]) => member.savesState),
    init: (network, rng, teaches = () => true) => {
      check?.(network);
      return Object.fromEntries(
        entries.map(([key, member]) => [
          key,
          member.init(network, rngOf(key, rng), (unit) => teaches(unit) && mayTeach(key, unit)),
        ]),
      );
    },
    outline: (network, teaches = () => true) => {
      check?.(network);
      return Object.assign(
        {},
        ...entries.map(([key, member]) => {
          const taught = (unit: Unit) => teaches(unit) && mayTeach(key, unit);
          return outlineBelow(key, outlineOf(member, network, taught));
        }),
      );
    },
    signal: (unit, pass) => {
      const key = teacherOf(unit, stepOf(pass));
      return members[key].signal(unit, inner(pass, key));
    },
    place: (unit, pass) => {
      const key = teacherOf(unit, stepOf(pass));
      return members[key].place?.(unit, inner(pass, key)) ?? 'output';
    },
    ...(estimates && {
      estimate: (unit, pass) => {
        const key = teacherOf(unit, stepOf(pass));
        return members[key].estimate?.(unit, inner(pass, key));
      },
    }),
    // The feedback that a unit's kernel is compared with belongs to whoever teaches below it.
    alignmentTarget: (unit, pass) => {
      const key = teacherOf(unit.below[0] ?? unit, stepOf(pass));
      return members[key].alignmentTarget?.(unit, inner(pass, key)) ?? null;
    },
    warnings: (network) => [
      ...new Set(
        entries.flatMap(([key, member]) => member.warnings?.(taughtBy(key, network, combination)) ?? []),
      ),
    ],
    parameters: (network, state): readonly Parameter[] =>
      entries.flatMap(([key, member]) => member.parameters?.(network, state[key]) ?? []),
    ...(changes && {
      // A member whose feedback learns with the kernels above those that it teaches hears of these too.
      updates: (unit, updates, pass) =>
        entries.reduce((given, [key, member]) => {
          const hears = mayTeach(key, unit) || member.parameters;
          if (!member.updates || !hears || !isActive(key, stepOf(pass))) return given;
          return member.updates(unit, given, inner(pass, key));
        }, updates),
    }),
    ...(learns && {
      learn: (pass) =>
        Object.fromEntries(
          entries.map(([key, member]) => [
            key,
            member.learn && isActive(key, stepOf(pass)) ? member.learn(inner(pass, key)) : pass.state[key],
          ]),
        ),
    }),
  };
}

/** The network as a member sees it when it is asked what to warn of: the units that it may teach. */
const taughtBy = (key: string, network: Network, { mayTeach }: Combination): Network => ({
  ...network,
  units: network.units.filter((unit) => mayTeach(key, unit)),
});
