import { FeedalignError } from '@feedalign/core';
import { closest } from 'fastest-levenshtein';

/** A name that is in no table: one line with the nearest one and all the valid ones. */
export const unknownName = (what: string, name: string, names: readonly string[]): FeedalignError =>
  new FeedalignError(
    'unknown-name',
    `${what}: there is no '${name}'.`,
    `Did you mean ${closest(name, names)}? There are: ${names.join(', ')}.`,
  );
