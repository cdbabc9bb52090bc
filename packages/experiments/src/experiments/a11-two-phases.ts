import type { Experiment } from '../experiment.js';
import {
  figureOfTwoPhases,
  summaryOfTwoPhases,
  type TwoPhaseSettings,
  type TwoPhases,
  twoPhases,
} from '../training/two-phases.js';

type TwoPhaseExperiment = Experiment<TwoPhaseSettings, TwoPhases>;

const source = "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 3 and appendix";
const settings = { images: 10_000, widths: [64, 64], learningRate: 1e-3, batchSize: 32, looks: 40 };
const title = 'Align, then memorise';

const shared: Omit<TwoPhaseExperiment, 'id' | 'claim' | 'settings' | 'figure'> = {
  source,
  reference: 'shape as A6',
  criterion: 'those of A6: mean cosine of flattened weights DFA > .3, |BP| < .05, for tanh and relu',
  seeds: { quick: 3, full: 3 },
  run: twoPhases,
  summary: summaryOfTwoPhases,
};

/** On CIFAR-10; its images are halved for the quick settings. */
export const a11: TwoPhaseExperiment = {
  ...shared,
  id: 'A11',
  claim: 'On CIFAR-10 too, nets align first, and end near one another under one F.',
  settings: {
    quick: { ...settings, dataset: 'cifar10', pooled: true, epochs: 5, inits: 2 },
    full: { ...settings, dataset: 'cifar10', pooled: false, epochs: 60, inits: 4 },
  },
  figure: figureOfTwoPhases(`${title}: CIFAR-10`, 'CIFAR-10, two hidden layers of 64', source),
};

/** The same on Fashion-MNIST, which the reference does not have. */
export const a11f: TwoPhaseExperiment = {
  ...shared,
  id: 'A11F',
  claim: 'On Fashion-MNIST too, nets align first, and end near one another under one F.',
  settings: {
    quick: { ...settings, dataset: 'fashion-mnist', pooled: true, epochs: 7, inits: 2 },
    full: { ...settings, dataset: 'fashion-mnist', pooled: true, epochs: 60, inits: 4 },
  },
  figure: figureOfTwoPhases(
    `${title}: Fashion-MNIST`,
    'Fashion-MNIST 14×14, two hidden layers of 64',
    source,
  ),
};
