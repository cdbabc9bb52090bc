import { FeedalignError } from '@feedalign/core';
import { type AnyRule, combinators, makeRule, type RuleEntry, rules } from '@feedalign/rules';
import type { Settings } from './settings.js';

/** The settings that are options of the rules with feedback that is drawn. */
const drawing = { feedback: 'distribution', feedbackScale: 'scale' } as const;
type Drawing = keyof typeof drawing;

const table: Readonly<Record<string, RuleEntry>> = { ...rules, ...combinators };
const isTaken = (rule: string, setting: Drawing) => Object.hasOwn(table[rule].schema, drawing[setting]);
const givenOf = (settings: Partial<Settings>) =>
  (Object.keys(drawing) as Drawing[]).filter((setting) => settings[setting] !== undefined);

/** The rule, with what the settings say about its feedback where it draws some, and its own options. */
export const ruleFor = (name: string, settings: Partial<Settings>): AnyRule =>
  makeRule({
    rule: name,
    options: {
      ...Object.fromEntries(
        givenOf(settings)
          .filter((setting) => isTaken(name, setting))
          .map((setting) => [drawing[setting], settings[setting]]),
      ),
      ...settings.ruleOptions,
    },
  });

/**
 * Checks what the settings say of their rules, before anything is loaded. In a comparison, rules without feedback have no
 * use for what is said about it; a rule that is alone is told so.
 *
 * @param place a setting as the user wrote it, the flag or the key of a file
 * @throws FeedalignError what the rule throws for its options, after the place
 */
export function checkRules(
  settings: Partial<Settings>,
  names: readonly string[],
  place: (key: string) => string,
): void {
  const idle =
    names.length === 1 ? givenOf(settings).find((setting) => !isTaken(names[0], setting)) : undefined;
  if (idle) {
    throw new FeedalignError(
      'invalid-option',
      `${place(idle)}: the rule '${names[0]}' has no option '${drawing[idle]}'.`,
      names[0] in combinators
        ? 'Give it to the rules that it is made of, in their options.'
        : 'Leave it out.',
    );
  }
  for (const name of names) {
    try {
      ruleFor(name, settings);
    } catch (error) {
      if (!(error instanceof FeedalignError)) throw error;
      const [said = 'rule'] = [...(settings.ruleOptions ? ['ruleOptions'] : []), ...givenOf(settings)];
      throw new FeedalignError(error.code, `${place(said)}: ${error.problem}`, error.wayOut, {
        cause: error,
      });
    }
  }
}
