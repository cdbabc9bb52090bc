import { readFileSync } from 'node:fs';
import { FeedalignError } from '@feedalign/core';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { checkModel } from './check-model.js';
import { defaults, defaultsOfDatasets } from './defaults.js';
import { jsonProblem } from './json-problem.js';
import { unknownName } from './names.js';
import { writtenValue } from './numbers.js';
import { checkRules } from './rule-for.js';
import { configSchema, type SettingName, type Settings, settings } from './settings.js';

/** A flag's text in the setting's type: numbers and lists are read as such where they can be, the rest stays text. */
function fromText(name: SettingName, text: unknown): unknown {
  const { schema } = settings[name];
  if (typeof text !== 'string') return text;
  if (schema instanceof z.ZodArray) {
    return text.split(',').map((each) => (schema.element instanceof z.ZodNumber ? fromDigits(each) : each));
  }
  if (schema instanceof z.ZodRecord) return fromJson(flagOf(name), text);
  return schema instanceof z.ZodNumber ? fromDigits(text) : text;
}

/** A number, or the text where it is none. */
const fromDigits = (text: string) =>
  text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;

/** What JSON says, or the text where it is none. */
function fromJson(flag: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const problem = jsonProblem(text);
  if (problem) throw new FeedalignError('invalid-option', `${flag}: what it says ${problem}.`, mend);
  return value;
}

const mend = 'Give each key once, and no more braces than it needs.';

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
  ofCommand: Partial<Settings> = {},
): Settings {
  const { config: path, ...given } = flags;
  const typed = Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => name in settings)
      .map(([name, text]) => [name, fromText(name as SettingName, text)]),
  );
  const file = path === undefined ? {} : parse(readJson(path as string), (key) => `${path}: ${key}`, allowed);
  const said = { ...file, ...parse(typed, (key) => flagOf(key.split('.')[0]), allowed) };
  const ofDataset = allowed.includes('dataset') ? defaultsOfDatasets[said.dataset ?? defaults.dataset] : {};
  const merged: Settings = { ...defaults, ...ofCommand, ...ofDataset, ...said };
  const place = (key: string) => (key in typed ? flagOf(key) : `${path}: ${key}`);
  checkModel(said, place);
  const ofRules = (['rule', 'rules'] as const).find((name) => allowed.includes(name));
  if (ofRules) checkRules(merged, [merged[ofRules]].flat(), place);
  return merged;
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
  const problem = `${place(key)}: ${issue.message.replace(/^Invalid input: /, '')}, but found ${writtenValue(found)}.`;
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
  // Editors of Windows begin a file with a mark of its byte order.
  const json = text.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const problem = `The config file '${path}' is not JSON: ${(cause as Error).message}.`;
    throw new FeedalignError('invalid-option', problem, 'Mend it, or leave --config out.', { cause });
  }
  const problem = jsonProblem(json);
  if (problem) throw new FeedalignError('invalid-option', `The config file '${path}' ${problem}.`, mend);
  return value;
}
