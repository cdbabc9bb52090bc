import { rmsprop } from '@feedalign/optim';
import { makeRule } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { armsOf, type Curves, figureOfArms } from '../training/arms.js';
import { denseNet } from '../training/dense-net.js';
import { follow } from '../training/follow.js';
import { smallMnist } from '../training/small-mnist.js';

interface Settings {
  readonly images: number;
  readonly depth: number;
  readonly units: number;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
}

const settings: Settings = {
  images: 10_000,
  depth: 20,
  units: 64,
  learningRate: 1e-3,
  batchSize: 64,
  epochs: 4,
};
const source = 'Nøkland 2016 (arXiv:1609.01596), section 4, on very deep networks';

export const b4: Experiment<Settings, Curves> = {
  id: 'B4',
  claim: 'DFA from zero weights trains a net that is too deep for backpropagation from random ones.',
  source,
  reference: 'DFA from zero .869, FA from zero .457, BP .13–.20',
  criterion: 'DFA from zero > .8, BP < .4, in the mean',
  settings: { quick: settings, full: settings },
  seeds: { quick: 3, full: 3 },

  async run({ images, depth, units, learningRate, batchSize, epochs }, seed, signal, load) {
    const data = await smallMnist(seed, images, load);
    const widths = Array.from({ length: depth }, () => units);
    const curve = async (rule: string, zero: boolean) => {
      const model = denseNet(widths, { activation: 'tanh', seed, zero });
      const optimizer = rmsprop({ learningRate });
      return (await follow(model, makeRule(rule), data, { optimizer, batchSize, epochs, seed, signal }))
        .accuracies;
    };
    return {
      'DFA from zero': await curve('dfa', true),
      'FA from zero': await curve('fa', true),
      BP: await curve('bp', false),
      frozen: await curve('frozen', false),
    };
  },

  summary(measurements) {
    const { measured, numbers } = armsOf(measurements);
    return { measured, numbers, pass: numbers['DFA from zero'] > 0.8 && numbers.BP < 0.4 };
  },

  figure: figureOfArms(
    'Twenty layers',
    'MNIST 14×14, 20 hidden layers of 64 tanh units, four epochs',
    source,
  ),
};
