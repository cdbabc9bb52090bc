import { existsSync } from 'node:fs';
import { FeedalignError } from '@feedalign/core';
import { models } from '@feedalign/models';
import { unknownName } from './names.js';
import type { Settings } from './settings.js';

/** Whether a model is made by its name, and not read from a file. */
export const isNamed = (model: string): boolean => Object.hasOwn(models, model.split(':')[0]);
const isAddress = (model: string) => /^[a-z][a-z0-9+.-]+:\/\//i.test(model);
const isPath = (model: string) => /[\\/]|\.(json|keras|h5|hdf5)$/i.test(model) || existsSync(model);

/** What the settings say of a model that they make, and a file's model has already. */
const ofMade = ['activation', 'initialWeights'] as const;

/**
 * Checks the model's name or path, before anything is loaded.
 *
 * @param said what the user said, without the defaults
 * @param place a setting as the user wrote it
 */
export function checkModel(said: Partial<Settings>, place: (key: string) => string): void {
  const { model } = said;
  if (model === undefined || isNamed(model)) return;
  if (!isPath(model)) throw unknownName(place('model'), model.split(':')[0], Object.keys(models));
  if (!isAddress(model) && !existsSync(model)) {
    const problem = `${place('model')}: there is no file '${model}'.`;
    throw new FeedalignError('invalid-option', problem, 'Check the path.');
  }
  const idle = ofMade.find((name) => said[name] !== undefined);
  if (idle === undefined) return;
  const problem = `${place(idle)}: the model of a file has its own.`;
  throw new FeedalignError('invalid-option', problem, 'Leave it out.');
}
