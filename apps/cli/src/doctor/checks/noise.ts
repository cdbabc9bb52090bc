import { type Distribution, noise } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import type { Check } from '../check.js';

const shape = [7, 11];

/** Noise of the backend against the numbers that the generator itself draws; of an odd number, so that one is left. */
const drawn = (title: string, distribution: Distribution): Check => {
  const rng = () => createRng(4).stream(distribution);
  return {
    operation: `noise, ${title}`,
    expected: () => ({ output: { numbers: rng()[distribution](7 * 11) } }),
    by: { feedalign: () => [['output', noise(rng(), shape, distribution)]] },
  };
};

export const noiseChecks: readonly Check[] = [
  drawn('normal', 'normal'),
  drawn('uniform', 'uniform'),
  drawn('±1', 'rademacher'),
];
