import { rmsprop } from '@feedalign/optim';
import { makeRule } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { armsOf, type Curves, figureOfArms } from '../training/arms.js';
import { denseNet } from '../training/dense-net.js';
import { follow } from '../training/follow.js';

interface Settings {
  readonly widths: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
}

const settings: Settings = { widths: [240, 240], learningRate: 2e-4, batchSize: 64, epochs: 3 };
const source = 'Nøkland 2016 (arXiv:1609.01596); the author’s code, anokland/dfa-torch';

export const b3: Experiment<Settings, Curves> = {
  id: 'B3',
  claim: 'DFA and FA learn from zero weights nearly as well as backpropagation from random ones.',
  source,
  reference:
    'test error in %: BP 4.90, DFA from zero 5.26, FA from zero 5.44, frozen 18.9, BP from zero 88.65',
  criterion: 'error of DFA − BP < 1 point, BP from zero = 88.65 %, frozen > 12 %, in the mean',
  settings: { quick: settings, full: settings },
  seeds: { quick: 3, full: 3 },

  async run({ widths, learningRate, batchSize, epochs }, seed, signal, load) {
    const data = await load('mnist');
    const curve = async (rule: string, zero: boolean) => {
      const { inputShape } = data;
      const model = denseNet(widths, { inputShape, activation: 'tanh', output: 'sigmoid', seed, zero });
      const course = await follow(model, makeRule(rule), data, {
        optimizer: rmsprop({ learningRate }),
        loss: 'binaryCrossentropy',
        batchSize,
        epochs,
        seed,
        signal,
      });
      return course.accuracies;
    };
    return {
      BP: await curve('bp', false),
      'DFA from zero': await curve('dfa', true),
      'FA from zero': await curve('fa', true),
      frozen: await curve('frozen', false),
      'BP from zero': await curve('bp', true),
    };
  },

  summary(measurements) {
    const { measured, numbers } = armsOf(measurements);
    const stuck = measurements.every((each) => Math.abs((each['BP from zero'].at(-1) ?? 0) - 0.1135) < 1e-6);
    const near = numbers.BP - numbers['DFA from zero'] < 0.01;
    return { measured: `accuracy ${measured}`, numbers, pass: near && stuck && numbers.frozen < 0.88 };
  },

  figure: figureOfArms(
    'From zero weights',
    'MNIST, two hidden layers of 240 tanh units, three epochs',
    source,
    [0.9, 0.96],
  ),
};
