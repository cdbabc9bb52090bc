import { adam } from '@feedalign/optim';
import { makeRule } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { fixed, mean, rangeText } from '../statistics.js';
import { linesOfArms, spreadText } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { denseNet } from '../training/dense-net.js';
import { follow } from '../training/follow.js';

interface Settings {
  readonly images: number;
  readonly widths: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** Steps, and the mean cosine of the signals with backpropagation's there, by arm. */
type Measurement = Readonly<Record<string, readonly (readonly [step: number, cosine: number])[]>>;

const source = 'Fournier, Rivaud, Belilovsky, Eickenberg and Oyallon 2023 (arXiv:2306.06968)';
const settings: Settings = {
  images: 20_000,
  widths: [200, 200],
  learningRate: 1e-3,
  batchSize: 64,
  epochs: 2,
};
const arms = {
  'guess, learned': { rule: 'guess', options: { head: 'learned' } },
  'guess, fixed': { rule: 'guess', options: { head: 'fixed' } },
  'guess, redrawn': { rule: 'guess', options: { head: 'random' } },
  'fg-a': 'fg-a',
} as const;
/** The mean of the second half of a run. */
const lateOf = (points: Measurement[string]) =>
  mean(points.slice(Math.floor(points.length / 2)).map(([, cosine]) => cosine));

export const e6: Experiment<Settings, Measurement> = {
  id: 'E6',
  claim: 'A gradient that a local loss guesses lies nearer the true one than noise does.',
  source,
  reference: 'published, ResNet-18 on CIFAR-10: local guesses above random ones, in activations and weights',
  criterion:
    'cosine with backpropagation’s signals in the second half: learned heads > noise (fg-a), in every seed',
  settings: { quick: settings, full: { ...settings, images: 60_000, epochs: 10 } },
  seeds: { quick: 3, full: 3 },

  async run({ images, widths, learningRate, batchSize, epochs }, seed, signal, load) {
    const data = partOf(await load('fashion-mnist'), { seed, images, pooled: false });
    const { inputShape } = data.train;
    const measured: Record<string, readonly (readonly [number, number])[]> = {};
    for (const [name, rule] of Object.entries(arms)) {
      const model = denseNet(widths, { activation: 'relu', seed, inputShape, kernels: 'glorot' });
      const { points } = await follow(model, makeRule(rule), data, {
        optimizer: adam({ learningRate }),
        batchSize,
        epochs,
        seed,
        signal,
        alignment: true,
      });
      measured[name] = points.flatMap(({ step, gradientAlignment }) =>
        gradientAlignment === null ? [] : [[step, gradientAlignment] as const],
      );
    }
    return measured;
  },

  summary(measurements) {
    const names = Object.keys(arms);
    const of = (name: string) => measurements.map((each) => lateOf(each[name]));
    return {
      measured: `cosine ${names.map((name) => `${name} ${rangeText(of(name), fixed(3))}`).join(', ')}`,
      numbers: Object.fromEntries(names.map((name) => [name, mean(of(name))])),
      pass: measurements.every((each) => lateOf(each['guess, learned']) > lateOf(each['fg-a'])),
    };
  },

  figure: (measurements) => ({
    title: 'Guesses of the gradient',
    subtitle: `Fashion-MNIST, two hidden layers of ReLUs, each by its own training; ${spreadText(measurements.length)}`,
    source,
    panels: [
      {
        title: 'Cosine with backpropagation’s signals',
        x: { label: 'step' },
        y: { label: 'cosine' },
        lines: linesOfArms(measurements, (points) => points),
      },
    ],
  }),
};
