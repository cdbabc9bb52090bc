import { lenet5 } from '@feedalign/models';
import { sgd } from '@feedalign/optim';
import { makeRule } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { armsOf, type Curves, figureOfArms } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { follow } from '../training/follow.js';

interface Settings {
  readonly images: number;
  /** Images to test on. */
  readonly tested: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly rules: readonly string[];
}

interface Measurement {
  readonly curves: Curves;
  /** The rules whose loss ceased to be finite. */
  readonly diverged: readonly string[];
}

const few = ['bp', 'usf', 'brsf', 'frsf', 'fa', 'dfa', 'frozen'];
const settings: Settings = {
  images: 60_000,
  tested: 10_000,
  learningRate: 0.01,
  momentum: 0.9,
  batchSize: 128,
  epochs: 5,
  rules: [...few, 'ifa', 'sdfa', 'sparse', 'drtp', 'wm', 'kp', 'dkp'],
};
const source =
  'Sanfiz and Akrout 2021 (arXiv:2108.13446); five epochs of the authors’ code, jsalbert/biotorch';
const draw = figureOfArms('LeNet on Fashion-MNIST', 'SGD 0.01 with momentum 0.9, ReLU', source);

export const b6: Experiment<Settings, Measurement> = {
  id: 'B6',
  claim: 'Feedback with the signs of the weights trains a convolutional net almost as backpropagation does.',
  source,
  reference:
    'five epochs: BP .885–.894, FA .58–.64, uSF .87–.88, brSF .85–.865, frSF .86–.87, DFA NaN at .01; 100 epochs published (not claimed here): error BP 9.2, FA 13.06, DFA 12.81, uSF 9.69, brSF 10.02, frSF 9.61',
  criterion:
    'after five epochs uSF ≥ BP − .02, brSF and frSF ≥ BP − .05, in the mean; DFA finite in each seed and > frozen',
  settings: {
    // Small batches: five epochs of few images have as many steps as those of the reference, nearly.
    quick: { ...settings, images: 8000, tested: 2000, batchSize: 16, rules: few },
    full: settings,
  },
  seeds: { quick: 3, full: 3 },

  async run({ images, tested, learningRate, momentum, batchSize, epochs, rules }, seed, signal, load) {
    const data = partOf(await load('fashion-mnist'), { seed, images, tested, pooled: false });
    const { inputShape, classes } = data.train;
    const curves: Record<string, readonly number[]> = {};
    const diverged: string[] = [];
    for (const rule of rules) {
      const course = await follow(lenet5({ inputShape, classes, seed }), makeRule(rule), data, {
        optimizer: sgd({ learningRate, momentum }),
        batchSize,
        epochs,
        seed,
        signal,
      });
      curves[rule] = course.accuracies;
      if (course.diverged) diverged.push(rule);
    }
    return { curves, diverged };
  },

  summary(measurements) {
    const { measured, numbers } = armsOf(measurements.map(({ curves }) => curves));
    const diverged = [...new Set(measurements.flatMap(({ diverged }) => diverged))];
    const loses = (rule: string) => numbers.bp - numbers[rule];
    return {
      measured: `${measured}${diverged.length > 0 ? `; diverged: ${diverged.join(', ')}` : ''}`,
      numbers,
      pass:
        loses('usf') <= 0.02 &&
        loses('brsf') <= 0.05 &&
        loses('frsf') <= 0.05 &&
        !diverged.includes('dfa') &&
        numbers.dfa > numbers.frozen,
    };
  },

  figure: (measurements) => draw(measurements.map(({ curves }) => curves)),
};
