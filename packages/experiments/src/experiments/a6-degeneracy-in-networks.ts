import type { Experiment } from '../experiment.js';
import {
  figureOfTwoPhases,
  summaryOfTwoPhases,
  type TwoPhaseSettings,
  type TwoPhases,
  twoPhases,
} from '../training/two-phases.js';

const source = "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 3";
const settings = {
  dataset: 'mnist',
  pooled: true,
  images: 10_000,
  widths: [64, 64],
  learningRate: 1e-3,
  batchSize: 32,
  looks: 40,
};

export const a6: Experiment<TwoPhaseSettings, TwoPhases> = {
  id: 'A6',
  claim: 'Under one F, nets from different starts end near one another; under backpropagation they do not.',
  source,
  reference: 'after 60 epochs: DFA tanh .615, relu .425; BP ≤ .007',
  criterion: 'mean cosine of flattened weights: DFA > .3, |BP| < .05, for tanh and relu',
  changedAfterLook: [
    'Kernels were Glorot’s and F uniform on ±1/√units at first; now both are drawn as in the authors’ code.',
  ],
  settings: { quick: { ...settings, epochs: 10, inits: 2 }, full: { ...settings, epochs: 60, inits: 4 } },
  seeds: { quick: 3, full: 3 },
  run: twoPhases,
  summary: summaryOfTwoPhases,
  figure: figureOfTwoPhases(
    'Align, then memorise: one feedback, one region of weights',
    'MNIST 14×14, two hidden layers of 64',
    source,
  ),
};
