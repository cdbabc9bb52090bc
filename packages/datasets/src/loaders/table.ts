import { createRng, FeedalignError } from '@feedalign/core';
import { blobs, spirals } from '../synthetic.js';
import { cifar10 } from './cifar10.js';
import { fashionMnist } from './fashion-mnist.js';
import type { DatasetLoader } from './loader.js';
import { mnist } from './mnist.js';

/** The names of the data sets. */
export type DatasetName = 'mnist' | 'fashion-mnist' | 'cifar10' | 'blobs' | 'spirals';

const SYNTHETIC = {
  origin: 'Drawn by a seed.',
  licence: 'None needed.',
  inputShape: [2],
  classes: 3,
  trainCount: 600,
  testCount: 600,
  archives: [],
};

/**
 * Every data set by name.
 *
 * @example
 * ```ts
 * const data = await datasets.spirals.load({ rng: createRng(1) });
 * ```
 */
export const datasets: Readonly<Record<DatasetName, DatasetLoader>> = {
  mnist,
  'fashion-mnist': fashionMnist,
  cifar10,
  blobs: {
    ...SYNTHETIC,
    title: 'Three clouds in 2D',
    load: async ({ rng = createRng(0) } = {}) => blobs({ rng }),
  },
  spirals: {
    ...SYNTHETIC,
    title: 'Three spiral arms',
    load: async ({ rng = createRng(0) } = {}) => spirals({ rng }),
  },
};

/**
 * The loader of this name.
 *
 * @throws FeedalignError `unknown-name` for any other name; the message lists them all
 */
export function findLoader(name: string): DatasetLoader {
  if (Object.hasOwn(datasets, name)) return datasets[name as DatasetName];
  const names = Object.keys(datasets).join(', ');
  throw new FeedalignError('unknown-name', `There is no data set '${name}'.`, `Choose one of ${names}.`);
}
