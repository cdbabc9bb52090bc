import { FeedalignError } from '@feedalign/core';
import { closest } from 'fastest-levenshtein';

/**
 * The entry of a table by its name.
 *
 * @throws FeedalignError `unknown-name`: one line with the nearest name and all the valid ones
 */
export function named<T>(what: string, table: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name];
  const names = Object.keys(table);
  throw new FeedalignError(
    'unknown-name',
    `There is no ${what} '${name}'.`,
    `Did you mean ${closest(name, names)}? There are: ${names.join(', ')}.`,
  );
}
