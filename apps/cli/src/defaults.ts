import type { LossName } from '@feedalign/losses';
import { rules } from '@feedalign/rules';
import { isNamed } from './check-model.js';
import type { Settings } from './settings.js';

/** What holds when nothing else is said. */
export const defaults = {
  dataset: 'mnist',
  datasets: ['mnist', 'fashion-mnist'],
  rates: [3, 1, 0.3, 0.1, 0.03, 0.01, 0.003],
  seeds: 3,
  model: 'mlp:112,16',
  activation: 'relu',
  initialWeights: 'random' as 'random' | 'zero',
  loss: 'categoricalCrossentropy' as LossName,
  rule: 'dfa',
  // Forward-forward wants a network that is made for it.
  rules: Object.keys(rules).filter((name) => name !== 'ff'),
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
 * What suits a dataset of so few examples that an epoch is few steps: `train` and `compare` have it instead. With it bp, fa
 * and dfa come to 95 % and more of the test data.
 */
export const defaultsOfDatasets: Readonly<Record<string, Partial<Settings>>> = {
  blobs: { epochs: 20, batch: 16 },
  spirals: { model: 'mlp:128,64', optimizer: 'adam', epochs: 200, batch: 16 },
};

/** The rules whose signal stays as large as it is when the error is gone, until units die of it or saturate. */
const untiring = ['sdfa', 'drtp'];

/** What one of the rules needs that these settings do not have, in a line. */
export function hintsFor(
  { model, activation, optimizer }: Pick<Settings, 'model' | 'activation' | 'optimizer'>,
  chosen: readonly string[],
): string[] {
  const needy = chosen.filter((rule) => untiring.includes(rule));
  if (needy.length === 0 || !isNamed(model) || (activation === 'tanh' && optimizer !== 'sgd')) return [];
  return [
    `${needy.join(', ')}: a signal that does not shrink with the error. To learn beyond a frozen body it needs --activation tanh --optimizer adam.`,
  ];
}

/** The learning rate of each optimizer when none is said. */
const learningRates: Readonly<Record<string, number>> = {
  sgd: 0.05,
  rmsprop: 0.001,
  adam: 0.001,
  adamw: 0.001,
};

/** The learning rate that was said, or what suits the optimizer. */
export const learningRateOf = ({ lr, optimizer }: Pick<Settings, 'lr' | 'optimizer'>): number =>
  lr ?? learningRates[optimizer];
