import { constant, cosine, sgd } from '@feedalign/optim';
import { makeRule } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { mean } from '../statistics.js';
import { armsOf, type Curves, figureOfArms, leadOf, leadsText, stepsOf } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { denseNet } from '../training/dense-net.js';
import { follow } from '../training/follow.js';
import { type Rates, tuned } from '../training/tuned.js';

interface Settings {
  readonly images: number;
  /** Images that a rule's rate is chosen on. */
  readonly validation: number;
  readonly widths: readonly number[];
  /**
   * Tried at first, and widened from there: for the mean of a batch's losses, since signals of DRTP and sDFA are means, whatever
   * is made of the losses.
   */
  readonly learningRates: Rates;
  /** How the rate goes on from there: to zero at the last step, or not at all. */
  readonly schedule: 'cosine' | 'constant';
  readonly batchSize: number;
  readonly epochs: number;
}

interface Measurement {
  /** Test accuracy after each epoch, of the net with the rate that was best on the validation images. */
  readonly curves: Curves;
  readonly learningRates: Readonly<Record<string, number>>;
}

const settings: Settings = {
  images: 10_000,
  validation: 5000,
  widths: [100, 100],
  learningRates: [0.03, 1],
  schedule: 'cosine',
  batchSize: 32,
  epochs: 5,
};
const zoo = {
  bp: 'bp',
  kp: { rule: 'kp', options: { decay: 1e-3 } },
  usf: 'usf',
  dfa: 'dfa',
  fa: 'fa',
  drtp: 'drtp',
  sdfa: 'sdfa',
  frozen: 'frozen',
} as const;
const schedules = {
  cosine: (learningRate: number, steps: number) => cosine(learningRate, { steps }),
  constant: (learningRate: number) => constant(learningRate),
} as const;
const better = ['kp', 'usf', 'dfa', 'fa', 'drtp'];
const source = 'the rules’ papers, see @feedalign/rules';
const draw = figureOfArms(
  'Rules, each at its own rate',
  'MNIST 14×14, two hidden layers of 100 tanh units',
  source,
);

export const b5: Experiment<Settings, Measurement> = {
  id: 'B5',
  claim: 'Backpropagation learns best, and every rule of the family better than a frozen body.',
  source,
  reference: 'BP .944, KP .928, uSF .923, DFA .922, FA .914, DRTP .901, sDFA .76–.84, frozen .81',
  criterion:
    'BP above all; KP, uSF, DFA, FA and DRTP > frozen + .05; by the mean of differences, seed by seed',
  changedAfterLook: [
    'All rules had one rate and batches’ sums of losses at first, and it failed: DRTP lay below the frozen body. Then each had its own, of a grid up to 1 at a constant rate, and it failed (B5C): BP was not above all, the frozen body at the edge of its grid. Now the rate falls by a cosine, the grid is widened, and seeds are five.',
  ],
  settings: { quick: settings, full: settings },
  seeds: { quick: 5, full: 10 },

  async run({ images, validation, widths, learningRates, schedule, batchSize, epochs }, seed, signal, load) {
    const data = partOf(await load('mnist'), { seed, images, validation });
    const curves: Record<string, readonly number[]> = {};
    const chosen: Record<string, number> = {};
    for (const [name, rule] of Object.entries(zoo)) {
      const { course, learningRate } = await tuned(learningRates, (rate) =>
        follow(denseNet(widths, { activation: 'tanh', seed }), makeRule(rule), data, {
          optimizer: sgd({ learningRate: schedules[schedule](rate, stepsOf(images, batchSize, epochs)) }),
          batchSize,
          epochs,
          seed,
          signal,
        }),
      );
      curves[name] = course.accuracies;
      chosen[name] = learningRate;
    }
    return { curves, learningRates: chosen };
  },

  summary(measurements) {
    const all = measurements.map(({ curves }) => curves);
    const { measured, numbers } = armsOf(all);
    const others = Object.keys(zoo).filter((name) => name !== 'bp');
    const leads = leadsText(all, [
      ...others.map((name) => ['bp', name] as const),
      ...better.map((name) => [name, 'frozen'] as const),
    ]);
    const rates = Object.keys(zoo).map(
      (name) => [`${name}, rate`, mean(measurements.map((each) => each.learningRates[name]))] as const,
    );
    return {
      measured: `${measured}; differences and their 95 % intervals: ${leads.measured}`,
      numbers: { ...numbers, ...leads.numbers, ...Object.fromEntries(rates) },
      pass:
        others.every((name) => leadOf(all, 'bp', name).mean > 0) &&
        better.every((name) => leadOf(all, name, 'frozen').mean > 0.05),
    };
  },

  figure: (measurements) => draw(measurements.map(({ curves }) => curves)),
};

const atConstantRate: Settings = { ...settings, schedule: 'constant' };

/** At a constant rate, whose noise at the end is as large as what parts the rules. */
export const b5c: Experiment<Settings, Measurement> = {
  ...b5,
  id: 'B5C',
  claim: `${b5.claim} So too at a constant rate: the second try, its grid widened.`,
  changedAfterLook: [],
  settings: { quick: atConstantRate, full: atConstantRate },
};
