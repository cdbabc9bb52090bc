import { readFileSync } from 'node:fs';
import { backends } from '@feedalign/backend';
import { FeedalignError } from '@feedalign/core';
import { datasets } from '@feedalign/datasets';
import { models } from '@feedalign/models';
import { optimizers } from '@feedalign/optim';
import { distributions, rules } from '@feedalign/rules';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { named } from './names.js';
import {
  configSchema,
  defaultLearningRates,
  defaults,
  type SettingName,
  type Settings,
  settings,
} from './settings.js';

/** A flag's text in the setting's type: numbers are read as numbers, the rest stays. */
function fromText(name: SettingName, text: unknown): unknown {
  const isNumber = settings[name].schema instanceof z.ZodNumber;
  return isNumber && typeof text === 'string' && text.trim() !== '' ? Number(text) : text;
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
  const merged = { ...defaults, ...file, ...parse(typed, flagOf, allowed) };
  const checked = { lr: defaultLearningRates[merged.optimizer], ...merged } as Settings;
  checkNames(checked);
  return checked;
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
  const [issue] = result.error.issues;
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const wayOut = `Did you mean ${closest(key, [...allowed])}? There are: ${allowed.join(', ')}.`;
    throw new FeedalignError('invalid-option', `${place(key)}: there is no such setting.`, wayOut);
  }
  const key = issue.path.join('.');
  const found = key === '' ? values : (values as Record<string, unknown>)[String(issue.path[0])];
  throw new FeedalignError(
    'invalid-option',
    `${key === '' ? place('the file') : place(key)}: ${issue.message}, but found ${JSON.stringify(found)}.`,
    '',
  );
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

/** Names are looked up before anything is loaded. */
function checkNames(checked: Settings): void {
  named('dataset', datasets, checked.dataset);
  named('model', models, checked.model.split(':')[0]);
  for (const rule of [checked.rule, ...checked.rules]) named('rule', rules, rule);
  named('optimizer', optimizers, checked.optimizer);
  named('backend', { auto: null, ...backends }, checked.backend);
  if (checked.feedback !== undefined) named('feedback distribution', distributions, checked.feedback);
}
