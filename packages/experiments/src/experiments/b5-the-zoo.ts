import { sgd } from '@feedalign/optim';
import { makeRule } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { mean } from '../statistics.js';
import { armsOf, type Curves, figureOfArms } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { denseNet } from '../training/dense-net.js';
import { type Course, follow } from '../training/follow.js';

interface Settings {
  readonly images: number;
  /** Images that a rule's rate is chosen on. */
  readonly validation: number;
  readonly widths: readonly number[];
  /** The grid, for the mean of a batch's losses: signals of DRTP and sDFA are means, whatever is made of the losses. */
  readonly learningRates: readonly number[];
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
  learningRates: [0.03, 0.1, 0.3, 1],
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
  criterion: 'BP above all; KP, uSF, DFA, FA and DRTP > frozen + .05, in the mean',
  settings: {
    quick: settings,
    full: { ...settings, learningRates: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3] },
  },
  seeds: { quick: 3, full: 5 },

  async run({ images, validation, widths, learningRates, batchSize, epochs }, seed, signal, load) {
    const data = partOf(await load('mnist'), { seed, images, validation });
    const curves: Record<string, readonly number[]> = {};
    const chosen: Record<string, number> = {};
    for (const [name, rule] of Object.entries(zoo)) {
      let best: Course | undefined;
      for (const learningRate of learningRates) {
        const course = await follow(denseNet(widths, { activation: 'tanh', seed }), makeRule(rule), data, {
          optimizer: sgd({ learningRate }),
          batchSize,
          epochs,
          seed,
          signal,
        });
        if ((course.validationAccuracy ?? 0) <= (best?.validationAccuracy ?? -1)) continue;
        best = course;
        curves[name] = course.accuracies;
        chosen[name] = learningRate;
      }
    }
    return { curves, learningRates: chosen };
  },

  summary(measurements) {
    const { measured, numbers } = armsOf(measurements.map(({ curves }) => curves));
    const best = Object.keys(zoo).every((name) => name === 'bp' || numbers.bp > numbers[name]);
    const rates = Object.keys(zoo).map(
      (name) => [`${name}, rate`, mean(measurements.map((each) => each.learningRates[name]))] as const,
    );
    return {
      measured,
      numbers: { ...numbers, ...Object.fromEntries(rates) },
      pass: best && better.every((name) => numbers[name] > numbers.frozen + 0.05),
    };
  },

  figure: (measurements) => draw(measurements.map(({ curves }) => curves)),
};
