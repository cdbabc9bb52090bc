import { createRng } from '@feedalign/core';
import type { Examples } from '@feedalign/datasets';
import { sgd } from '@feedalign/optim';
import { dfa } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { fixed, mean, overSeeds } from '../statistics.js';
import { spreadText } from '../training/arms.js';
import { denseNet, type Kernels } from '../training/dense-net.js';
import { follow, meanBetween, type Point } from '../training/follow.js';
import { smallMnist } from '../training/small-mnist.js';

interface Settings {
  readonly images: number;
  readonly widths: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** How kernels are drawn, and F. */
  readonly kernels: Kernels;
  readonly feedback: 'normal' | 'uniform';
  /** Shares of labels that are redrawn. */
  readonly corruption: readonly number[];
}

interface Row {
  readonly corruption: number;
  readonly weightAlignment: number;
  readonly gradientAlignment: number;
  /** Of weights, by layers from the second. */
  readonly weights: readonly number[];
  /** Of gradients, by hidden layers from the bottom. */
  readonly layers: readonly number[];
}

type Measurement = readonly Row[];

const settings: Settings = {
  images: 10_000,
  widths: [100, 100, 100],
  learningRate: 1e-3,
  batchSize: 32,
  epochs: 8,
  kernels: 'torch',
  feedback: 'normal',
  corruption: [0, 0.1, 0.2, 0.5, 0.9],
};

/** Redraws the labels of a share of the examples, uniformly. */
export function corrupted(examples: Examples, share: number, seed: number): Examples {
  const rng = createRng(seed).stream('corruption');
  const count = examples.labels.length;
  const [draws, classes] = [rng.stream('which').uniform(count), rng.stream('class').uniform(count)];
  const labels = examples.labels.map((label, i) =>
    draws[i] < share ? Math.floor(classes[i] * examples.classes) : label,
  );
  return { ...examples, labels };
}

const means = (measurements: readonly Measurement[]): Row[] =>
  measurements[0].map(({ corruption, layers }, i) => {
    const rows = measurements.map((rows) => rows[i]);
    return {
      corruption,
      weightAlignment: mean(rows.map((row) => row.weightAlignment)),
      gradientAlignment: mean(rows.map((row) => row.gradientAlignment)),
      weights: layers.map((_, layer) => mean(rows.map((row) => row.weights[layer]))),
      layers: layers.map((_, layer) => mean(rows.map((row) => row.layers[layer]))),
    };
  });

const falls = (values: readonly number[]) => values.slice(1).every((value, i) => value < values[i]);

export const a8: Experiment<Settings, Measurement> = {
  id: 'A8',
  claim: 'Wrong labels take alignment away, most of all from the top layer.',
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 5",
  reference: 'p = 0, .1, .2, .5, .9: WA .478/.400/.362/.279/.107, GA .647/.603/.577/.482/.207',
  criterion:
    'both strictly decreasing; GA of the top layer falls > 3 times as far as the bottom one by p = .5',
  settings: { quick: settings, full: settings },
  changedAfterLook: [
    'Kernels and F were Glorot’s and uniform on ±1/√units at first, and it failed (A8G); now both are drawn as in the authors’ code.',
  ],
  seeds: { quick: 3, full: 3 },
  numberNames: {
    cleanWeights: 'weight alignment without noise',
    cleanGradients: 'gradient alignment without noise',
    bottom: 'fall of gradient alignment, lowest layer',
    top: 'fall of gradient alignment, highest layer',
  },

  async run(settings, seed, signal, load) {
    const { images, widths, learningRate, batchSize, epochs, kernels, feedback, corruption } = settings;
    const data = await smallMnist(seed, images, load);
    const rows: Row[] = [];
    for (const share of corruption) {
      const model = denseNet(widths, { activation: 'tanh', kernels, seed });
      const train = corrupted(data.train, share, seed);
      const options = {
        optimizer: sgd({ learningRate }),
        reduction: 'sum',
        batchSize,
        epochs,
        seed,
      } as const;
      const measured = { alignment: true, reportEvery: 20, signal } as const;
      const { points } = await follow(
        model,
        dfa({ distribution: feedback }),
        { ...data, train },
        { ...options, ...measured },
      );
      const last = points[points.length - 1].step;
      const atEnd = (value: (point: Point) => number | null) =>
        meanBetween(points, [last - 300, last], value);
      rows.push({
        corruption: share,
        weightAlignment: atEnd((point) => point.weightAlignment),
        gradientAlignment: atEnd((point) => point.gradientAlignment),
        weights: widths.map((_, layer) => atEnd(({ weights }) => weights[layer + 1])),
        layers: widths.map((_, layer) => atEnd(({ gradients }) => gradients[layer])),
      });
    }
    return rows;
  },

  summary(measurements) {
    const rows = means(measurements);
    const weights = rows.map(({ weightAlignment }) => weightAlignment);
    const gradients = rows.map(({ gradientAlignment }) => gradientAlignment);
    const [clean, half] = [rows[0], rows.find(({ corruption }) => corruption === 0.5) ?? rows[0]];
    const drops = clean.layers.map((value, layer) => value - half.layers[layer]);
    const [bottom, top] = [drops[0], drops[drops.length - 1]];
    return {
      measured: `WA ${weights.map(fixed(3)).join(' ')}, GA ${gradients.map(fixed(3)).join(' ')}; fall of GA by p = .5, bottom to top: ${drops.map(fixed(3)).join(' ')}`,
      numbers: { cleanWeights: weights[0], cleanGradients: gradients[0], bottom, top },
      pass: falls(weights) && falls(gradients) && top > 3 * bottom,
    };
  },

  figure: (measurements) => {
    const x = { label: 'share of labels redrawn', format: 'percent' } as const;
    const line = (name: string, value: (row: Row) => number) => ({
      name,
      ...overSeeds(measurements.map((rows) => rows.map((row) => [row.corruption, value(row)] as const))),
    });
    return {
      title: 'Label noise and alignment',
      subtitle: `DFA, MNIST 14×14, three hidden layers of 100 tanh units; ${spreadText(measurements.length)}`,
      source: a8.source,
      panels: [
        {
          title: 'All layers',
          x,
          y: { label: 'alignment (cosine)' },
          lines: [
            line('weights', ({ weightAlignment }) => weightAlignment),
            line('gradients', ({ gradientAlignment }) => gradientAlignment),
          ],
        },
        {
          title: 'Gradient alignment by layer',
          x,
          y: { label: 'mean cosine of δ' },
          lines: measurements[0][0].layers.map((_, layer) =>
            line(`layer ${layer + 1}`, ({ layers }) => layers[layer]),
          ),
        },
      ],
    };
  },
};

const glorot: Settings = { ...settings, kernels: 'glorot', feedback: 'uniform' };

/** The settings of the first try, under which the claim does not hold. */
export const a8g: Experiment<Settings, Measurement> = {
  ...a8,
  id: 'A8G',
  claim: `${a8.claim} So too under Glorot's kernels and F uniform on ±1/√units: the first try.`,
  reference: 'none: the authors’ code has smaller kernels',
  changedAfterLook: [],
  settings: { quick: glorot, full: glorot },
};
