import type { AnyRule } from './combined.js';
import type { OptionsSchema } from './options.js';

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

/** A row of the table that makes its rule when it is called: `rules.dfa({ scale: 2 })` is `dfa({ scale: 2 })`. */
// biome-ignore lint/suspicious/noExplicitAny: as `make`.
export type CallableRuleEntry = RuleEntry & ((options?: any) => AnyRule);

/** The rows, each of which can be called. */
export function callable<Name extends string>(
  table: Readonly<Record<Name, RuleEntry>>,
): Readonly<Record<Name, CallableRuleEntry>> {
  const entries = Object.entries<RuleEntry>(table).map(([name, entry]) => {
    const call = (options?: object) => entry.make(options);
    return [name, Object.assign(call, entry)];
  });
  return Object.fromEntries(entries) as Record<Name, CallableRuleEntry>;
}
