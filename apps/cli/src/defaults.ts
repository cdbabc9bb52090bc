import type { LossName } from '@feedalign/losses';
import { rules } from '@feedalign/rules';
import type { Settings } from './settings.js';

/** What holds when nothing else is said. */
export const defaults = {
  dataset: 'mnist',
  datasets: ['mnist', 'fashion-mnist'],
  rates: [1, 0.3, 0.1, 0.03, 0.01, 0.003],
  seeds: 3,
  model: 'mlp:112,16',
  activation: 'relu',
  initialWeights: 'random' as 'random' | 'zero',
  loss: 'categoricalCrossentropy' as LossName,
  rule: 'dfa',
  rules: Object.keys(rules),
  optimizer: 'sgd',
  reduction: 'mean' as 'mean' | 'sum',
  epochs: 5,
  batch: 64,
  validation: 0.1,
  seed: 1,
  backend: 'auto',
  align: false,
};

/** What a command has instead, where it differs. */
export const defaultsOfCommands = { train: { seeds: 1 }, compare: { seeds: 1 } } as const;

/**
 * What suits a dataset of few examples, of which an epoch is few steps: `train` and `compare` have it instead.
 */
export const defaultsOfDatasets: Readonly<Record<string, Partial<Settings>>> = {
  blobs: { model: 'mlp:32', epochs: 30, batch: 16 },
  spirals: { model: 'mlp:128,128', epochs: 100, batch: 16 },
};

/** The learning rate of each optimizer when none is said. */
const learningRates: Readonly<Record<string, number>> = {
  sgd: 0.05,
  rmsprop: 0.001,
  adam: 0.001,
  adamw: 0.001,
};

/** A factor on it for the rules whose signal does not shrink with the error. */
const rateFactors: Readonly<Record<string, number>> = { sdfa: 0.1, drtp: 0.1 };

/** The learning rate that was said, or what suits the optimizer and the rule. */
export const learningRateOf = ({ lr, optimizer }: Pick<Settings, 'lr' | 'optimizer'>, rule: string): number =>
  lr ?? learningRates[optimizer] * (rateFactors[rule] ?? 1);
