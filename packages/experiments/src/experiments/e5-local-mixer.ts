import type { Experiment } from '../experiment.js';
import { fixed, mean, rangeText } from '../statistics.js';
import { type Curves, errorsOf, figureOfArms } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { followMixer, type MixerArm, type MixerRun, type MixerSize } from '../training/mixers.js';

interface Settings extends MixerRun {
  readonly dataset: string;
  readonly images: number;
  readonly tested: number;
  readonly size: MixerSize;
  /** By name, with what was published to the end of training, in % of error. */
  readonly arms: Readonly<Record<string, MixerArm & { readonly published?: number }>>;
}

/** Test accuracy after each epoch, by arm. */
type Measurement = Curves;
type Row = Experiment<Settings, Measurement>;

const source = 'Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310), table 2';

const textOf = (measurements: readonly Measurement[]) =>
  `error in %: ${Object.keys(measurements[0])
    .map((arm) => `${arm} ${rangeText(errorsOf(measurements, arm), fixed(2))}`)
    .join(', ')}`;
const numbersOf = (measurements: readonly Measurement[]) =>
  Object.fromEntries(Object.keys(measurements[0]).map((arm) => [arm, mean(errorsOf(measurements, arm))]));

const shared: Pick<Row, 'source' | 'run'> = {
  source,
  async run({ dataset, images, tested, size, arms, ...run }, seed, signal, load) {
    const data = partOf(await load(dataset), { seed, images, tested, pooled: false });
    const curves: Record<string, readonly number[]> = {};
    for (const [name, arm] of Object.entries(arms)) {
      curves[name] = (await followMixer(size, arm, data, run, { seed, signal })).accuracies;
    }
    return curves;
  },
};

const ofMnist: Settings = {
  dataset: 'mnist',
  images: 60_000,
  tested: 10_000,
  size: { channels: 512, patches: 1, groups: 16, blocks: 1 },
  arms: {
    BP: { rule: 'bp', published: 2.41 },
    'LG-FG-A': { rule: 'fg-a', isLocal: true, published: 2.55 },
    frozen: { rule: 'frozen' },
  },
  learningRate: 1e-3,
  batchSize: 128,
  epochs: 12,
};
const publishedOf = ({ arms }: Settings) =>
  Object.entries(arms)
    .flatMap(([name, { published }]) => (published === undefined ? [] : [`${name} ${published}`]))
    .join(', ');

export const e5: Row = {
  ...shared,
  id: 'E5',
  claim: 'With losses of groups, forward gradients of activations teach about as well as backpropagation.',
  reference: `published to the end of training, error in %: ${publishedOf(ofMnist)}`,
  criterion: 'error of LG-FG-A ≤ 3.6 % in every seed',
  settings: { quick: ofMnist, full: { ...ofMnist, epochs: 60 } },
  seeds: { quick: 3, full: 3 },
  summary: (measurements) => ({
    measured: textOf(measurements),
    numbers: numbersOf(measurements),
    pass: errorsOf(measurements, 'LG-FG-A').every((error) => error <= 3.6),
  }),
  figure: figureOfArms('Forward gradients with local losses', 'MNIST, LocalMixer M/1/16', source),
};

const table: Settings = {
  ...ofMnist,
  arms: {
    BP: { rule: 'bp', published: 2.41 },
    'LG-BP': { rule: 'bp', isLocal: true, published: 2.81 },
    FA: { rule: 'fa', published: 2.9 },
    DFA: { rule: 'dfa', published: 3.17 },
    'FG-W': { rule: 'fg-w', published: 8.56 },
    'FG-A': { rule: 'fg-a', published: 3.76 },
    'LG-FG-W': { rule: 'fg-w', isLocal: true, published: 5.66 },
    'LG-FG-A': { rule: 'fg-a', isLocal: true, published: 2.55 },
    frozen: { rule: 'frozen' },
  },
  epochs: 4,
};

/** Every column of the published table, at a smaller budget. */
export const e5t: Row = {
  ...shared,
  id: 'E5T',
  claim: 'The published table of test errors, its row of M/1/16, at a budget of few epochs.',
  reference: `published to the end of training, error in %: ${publishedOf(table)}`,
  criterion: 'LG-FG-A < FG-A < FG-W and LG-FG-A < LG-FG-W in error, in the mean',
  settings: { quick: table, full: { ...table, epochs: 60 } },
  seeds: { quick: 3, full: 3 },
  summary: (measurements) => {
    const numbers = numbersOf(measurements);
    return {
      measured: textOf(measurements),
      numbers,
      pass:
        numbers['LG-FG-A'] < numbers['FG-A'] &&
        numbers['FG-A'] < numbers['FG-W'] &&
        numbers['LG-FG-A'] < numbers['LG-FG-W'],
    };
  },
  figure: figureOfArms('Forward gradients with local losses', 'MNIST, LocalMixer M/1/16', source),
};

const ofCifar10: Settings = {
  dataset: 'cifar10',
  images: 2000,
  tested: 1000,
  size: { channels: 512, patches: 8, groups: 16, blocks: 4 },
  arms: {
    BP: { rule: 'bp', published: 33.62 },
    'LG-BP': { rule: 'bp', isLocal: true, published: 33.84 },
    'LG-FG-W': { rule: 'fg-w', isLocal: true, published: 52.7 },
    'LG-FG-A': { rule: 'fg-a', isLocal: true, published: 30.68 },
  },
  learningRate: 1e-3,
  batchSize: 64,
  epochs: 3,
};

/** The row of CIFAR-10. */
export const e10: Row = {
  ...shared,
  id: 'E10',
  claim: 'Noise on activations teaches a mixer of images better than noise on weights, at equal epochs.',
  reference: `published, of long runs that a few epochs say nothing of, error in %: ${publishedOf(ofCifar10)}`,
  criterion: 'error of LG-FG-A < LG-FG-W, in the mean',
  settings: { quick: ofCifar10, full: { ...ofCifar10, images: 50_000, tested: 10_000, epochs: 20 } },
  seeds: { quick: 3, full: 3 },
  summary: (measurements) => {
    const numbers = numbersOf(measurements);
    return { measured: textOf(measurements), numbers, pass: numbers['LG-FG-A'] < numbers['LG-FG-W'] };
  },
  figure: figureOfArms('Forward gradients with local losses', 'CIFAR-10, LocalMixer M/8/16', source),
};
