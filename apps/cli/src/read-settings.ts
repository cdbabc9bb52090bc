import { readFileSync } from 'node:fs';
import { FeedalignError } from '@feedalign/core';
import { models } from '@feedalign/models';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { named, unknownName } from './names.js';
import { checkRules } from './rule-for.js';
import {
  configSchema,
  defaultLearningRates,
  defaults,
  type SettingName,
  type Settings,
  settings,
} from './settings.js';

/** A flag's text in the setting's type: numbers and lists are read as such where they can be, the rest stays text. */
function fromText(name: SettingName, text: unknown): unknown {
  const { schema } = settings[name];
  if (typeof text !== 'string') return text;
  if (schema instanceof z.ZodArray) {
    return text.split(',').map((each) => (schema.element instanceof z.ZodNumber ? fromDigits(each) : each));
  }
  if (schema instanceof z.ZodRecord) return fromJson(text);
  return schema instanceof z.ZodNumber ? fromDigits(text) : text;
}

/** A number, or the text where it is none. */
const fromDigits = (text: string) =>
  text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;

/** What JSON says, or the text where it is none. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `feedbackScale` as one types it: `--feedback-scale`. */
export const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * The settings of a run: flags before the config file before the defaults, all of them checked.
 *
 * @throws FeedalignError `invalid-option` that names the flag, or the config file and the path of the key
 * @throws FeedalignError `unknown-name` for a name that is in no table
 */
export function readSettings(
  flags: Readonly<Record<string, unknown>>,
  allowed: readonly SettingName[],
): Settings {
  const { config: path, ...given } = flags;
  const typed = Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => name in settings)
      .map(([name, text]) => [name, fromText(name as SettingName, text)]),
  );
  const file = path === undefined ? {} : parse(readJson(path as string), (key) => `${path}: ${key}`, allowed);
  const merged = { ...defaults, ...file, ...parse(typed, (key) => flagOf(key.split('.')[0]), allowed) };
  named('model', models, merged.model.split(':')[0]);
  const ofRules = (['rule', 'rules'] as const).find((name) => allowed.includes(name));
  if (ofRules) {
    checkRules(merged, [merged[ofRules]].flat(), (key) => (key in typed ? flagOf(key) : `${path}: ${key}`));
  }
  return { lr: defaultLearningRates[merged.optimizer], ...merged };
}

function parse(
  values: unknown,
  place: (key: string) => string,
  allowed: readonly SettingName[],
): Partial<Settings> {
  const result = configSchema.safeParse(values);
  if (result.success) {
    const foreign = Object.keys(result.data).find((name) => !allowed.includes(name as SettingName));
    if (foreign === undefined) return result.data;
    const wayOut = `It takes: ${allowed.join(', ')}.`;
    throw new FeedalignError('invalid-option', `${place(foreign)}: this command does not take it.`, wayOut);
  }
  throw settingError(result.error.issues[0], values, place, allowed);
}

function settingError(
  issue: z.core.$ZodIssue,
  values: unknown,
  place: (key: string) => string,
  allowed: readonly SettingName[],
): FeedalignError {
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const wayOut = `Did you mean ${closest(key, [...allowed])}? There are: ${allowed.join(', ')}.`;
    return new FeedalignError('invalid-option', `${place(key)}: there is no such setting.`, wayOut);
  }
  const key = issue.path.join('.') || 'the whole file';
  const found = issue.path.reduce((value, step) => (value as Record<PropertyKey, unknown>)?.[step], values);
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    return unknownName(place(key), found, issue.values.map(String));
  }
  const problem = `${place(key)}: ${issue.message.replace(/^Invalid input: /, '')}, but found ${JSON.stringify(found)}.`;
  return new FeedalignError('invalid-option', problem, '');
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FeedalignError(
      'invalid-option',
      `The config file '${path}' cannot be read (${code}).`,
      'Check the path.',
      {
        cause,
      },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = `The config file '${path}' is not JSON: ${(cause as Error).message}.`;
    throw new FeedalignError('invalid-option', problem, 'Mend it, or leave --config out.', { cause });
  }
}
