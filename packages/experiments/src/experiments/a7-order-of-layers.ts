import { sgd } from '@feedalign/optim';
import { dfa } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { fixed, mean, overSeeds } from '../statistics.js';
import { spreadText } from '../training/arms.js';
import { denseNet } from '../training/dense-net.js';
import { follow, meanBetween, type Point } from '../training/follow.js';
import { smallMnist } from '../training/small-mnist.js';

interface Settings {
  readonly images: number;
  readonly widths: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
}

interface Measurement {
  readonly points: readonly Point[];
  readonly accuracy: number;
}

const settings: Settings = { images: 10_000, widths: [100, 100, 100], learningRate: 1e-3, batchSize: 32 };
/** Steps whose mean stands for step 200: a batch alone is 32 examples. */
const around: readonly [number, number] = [180, 220];

const of = ({ points }: Measurement) =>
  [0, 1, 2].map((layer) => meanBetween(points, around, ({ gradients }) => gradients[layer]));
const atStart = ({ points }: Measurement) => points[0].gradients.filter((value) => value !== null);

export const a7: Experiment<Settings, Measurement> = {
  id: 'A7',
  claim: "The bottom layer's signals align first with those of backpropagation.",
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 5",
  reference: 'step 200, tanh: ≈ .39/.27/.21, the bottom highest in 10 of 10 seeds',
  criterion: 'mean over seeds of GA₁ > GA₂ and GA₁ > GA₃ at step 200; |GA| < .1 at step 0',
  changedAfterLook: [
    'Kernels were Glorot’s and F uniform on ±1/√units at first, which gave .18, .15, .11; now both are drawn as in the authors’ code.',
  ],
  settings: { quick: settings, full: settings },
  seeds: { quick: 3, full: 10 },
  numberNames: {
    first: 'gradient alignment, layer 1',
    second: 'gradient alignment, layer 2',
    third: 'gradient alignment, layer 3',
    start: 'largest |gradient alignment| at step 0',
    highest: 'seeds in which layer 1 is highest',
  },

  async run({ images, widths, learningRate, batchSize }, seed, signal, load) {
    const data = await smallMnist(seed, images, load);
    const model = denseNet(widths, { activation: 'tanh', seed });
    return follow(model, dfa({ distribution: 'normal' }), data, {
      optimizer: sgd({ learningRate }),
      reduction: 'sum',
      batchSize,
      epochs: 1,
      seed,
      alignment: true,
      reportEvery: 5,
      signal,
    });
  },

  summary(measurements) {
    const seen = measurements.map(of);
    const [first, second, third] = [0, 1, 2].map((layer) => mean(seen.map((each) => each[layer])));
    const start = Math.max(...measurements.flatMap(atStart).map(Math.abs));
    const highest = seen.filter(([a, b, c]) => a > b && a > c).length;
    return {
      measured: `step 200: ${[first, second, third].map(fixed(2)).join(' ')}, the bottom highest in ${highest} of ${seen.length}; |GA| ≤ ${start.toFixed(2)} at step 0`,
      numbers: { first, second, third, start, highest, seeds: seen.length },
      pass: first > second && first > third && start < 0.1,
    };
  },

  figure: (measurements) => ({
    title: 'The order in which layers align',
    subtitle: `DFA, MNIST 14×14, three hidden layers of 100 tanh units, each batch by itself; ${spreadText(measurements.length)}`,
    source: a7.source,
    panels: [
      {
        title: 'Gradient alignment',
        x: { label: 'training step' },
        y: { label: 'mean cosine of δ' },
        references: [{ value: 0, label: 'unrelated' }],
        lines: [0, 1, 2].map((layer) => ({
          name: `layer ${layer + 1}`,
          ...overSeeds(
            measurements.map(({ points }) =>
              points.map(({ step, gradients }) => [step, gradients[layer] ?? Number.NaN] as const),
            ),
          ),
        })),
      },
    ],
  }),
};
