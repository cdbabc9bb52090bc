import { FeedalignError } from '@feedalign/core';
import { Tensor } from '@tensorflow/tfjs-core';
import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod/mini';

/** What one option may be. */
export interface Option {
  readonly schema: z.ZodMiniType;
  /** The same in words, after 'Give'. */
  readonly valid: string;
  /** Where it is one of these names. */
  readonly names?: readonly string[];
}

/** The options of a rule, each by its name: those of the interface, no more and no fewer. */
export type OptionsSchema<O = Readonly<Record<string, unknown>>> = { readonly [K in keyof O]-?: Option };

/** A rule without options. */
export type NoOptions = Readonly<Record<string, never>>;
export const noOptions: OptionsSchema<NoOptions> = {};

export const anyNumber: Option = { schema: z.number(), valid: 'a finite number' };
export const above0: Option = { schema: z.number().check(z.gt(0)), valid: 'a finite number above 0' };
export const atLeast0: Option = {
  schema: z.number().check(z.gte(0)),
  valid: 'a finite number of at least 0',
};
export const yesOrNo: Option = { schema: z.boolean(), valid: 'true or false' };
export const wholeFrom = (least: number): Option => ({
  schema: z.int().check(z.gte(least)),
  valid: `a whole number of at least ${least}`,
});
export const oneOf = (names: readonly string[]): Option => ({
  schema: z.enum(names as [string, ...string[]]),
  valid: `one of ${names.join(', ')}`,
  names,
});
export const that = (valid: string, is: (value: unknown) => boolean): Option => ({
  schema: z.custom(is),
  valid,
});

/** A record and nothing else: no array, no map, no instance of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // A page's frames have an Object each.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

/**
 * Checks a rule's options before anything is made of them.
 *
 * @param of whose they are, as `The rule 'fa'`
 * @throws FeedalignError `invalid-option` for options that are no plain object, an option that there is not, or a value that
 * cannot be; `unknown-name` for a name that is none of the option's
 */
export function checkOptions(of: string, schema: OptionsSchema, options: unknown): void {
  const names = Object.keys(schema);
  const takes = names.length > 0 ? `It takes ${names.join(', ')}.` : 'It takes none.';
  if (!isPlain(options)) {
    throw new FeedalignError('invalid-option', `${of} cannot take ${shown(options)} for its options.`, takes);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(schema, name)) {
      throw new FeedalignError(
        'invalid-option',
        `${of} has no option ${shown(name)}.`,
        guess(name, names) + takes,
      );
    }
    if (value !== undefined && !schema[name].schema.safeParse(value).success)
      refuse(of, name, schema[name], value);
  }
}

function refuse(of: string, option: string, { valid, names }: Option, value: unknown): never {
  const isName = names && typeof value === 'string';
  throw new FeedalignError(
    isName ? 'unknown-name' : 'invalid-option',
    `${of} cannot take ${option}: ${shown(value)}.`,
    `${isName ? guess(value, names) : ''}Give ${valid}.`,
  );
}

/** The name that was meant, where one is near. */
function guess(name: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const nearest = closest(name, names);
  return distance(name, nearest) <= nearest.length / 2 ? `Did you mean ${nearest}? ` : '';
}

const longest = 60;

/** A value on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value).slice(1, -1);
    return `'${text.length > longest ? `${text.slice(0, longest)}…` : text}'`;
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Tensor) return `a tensor of shape [${value.shape}]`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return isPlain(value) ? 'an object' : `a ${value.constructor?.name ?? 'nameless class'}`;
}
