import { sgd } from '@feedalign/optim';
import { bp, fa, frozen, kp, wm } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { extent, fixed, mean, rangeText } from '../statistics.js';
import { armsOf, byEpoch, type Curves, linesOfArms, spreadText } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { denseNet } from '../training/dense-net.js';
import { follow } from '../training/follow.js';

interface Settings {
  readonly images: number;
  /** Images to test on. */
  readonly tested: number;
  readonly widths: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** 1 − λ of Kolen and Pollack. */
  readonly decay: number;
  /** η_m of the mirror, which has a phase after each step and none before training. */
  readonly mirrorRate: number;
}

interface Measurement {
  readonly accuracies: Curves;
  /** Between W and B of the output layer, in degrees: at the first step, and at the last of each epoch. */
  readonly angles: Curves;
  readonly mirrorPhases: number;
}

const settings: Settings = {
  images: 60_000,
  tested: 10_000,
  widths: [500],
  learningRate: 0.1,
  batchSize: 64,
  epochs: 10,
  decay: 1e-3,
  mirrorRate: 1e-3,
};
const degrees = (cosine: number) => (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
const falls = (values: readonly number[]) => values.slice(1).every((value, i) => value < values[i]);

export const b8: Experiment<Settings, Measurement> = {
  id: 'B8',
  claim: 'Feedback that learns, by the weight mirror or after Kolen and Pollack, turns into the weights.',
  source: 'Akrout et al. 2019 (arXiv:1904.05391); logs of the authors’ code',
  reference:
    'output layer: KP 20° after one epoch, 11° after ten; WM 61°, 27°, 4° at the end; FA 40°, 29°, 40°',
  criterion:
    'after ten epochs KP < 20°, FA > 25°; WM falls from epoch to epoch to < 20°; accuracy of both ≥ FA − .01',
  settings: {
    quick: { ...settings, images: 6000, tested: 2000, decay: 2e-3, mirrorRate: 2e-3 },
    full: settings,
  },
  seeds: { quick: 3, full: 3 },

  async run(
    { images, tested, widths, learningRate, batchSize, epochs, decay, mirrorRate },
    seed,
    signal,
    load,
  ) {
    const data = partOf(await load('mnist'), { seed, images, tested, pooled: false });
    const { inputShape } = data.train;
    const rules = {
      KP: kp({ decay }),
      WM: wm({ rate: mirrorRate, phases: 0 }),
      FA: fa(),
      BP: bp(),
      frozen: frozen(),
    };
    const accuracies: Record<string, readonly number[]> = {};
    const angles: Record<string, readonly number[]> = {};
    for (const [name, rule] of Object.entries(rules)) {
      const course = await follow(denseNet(widths, { inputShape, activation: 'tanh', seed }), rule, data, {
        optimizer: sgd({ learningRate }),
        batchSize,
        epochs,
        seed,
        signal,
        alignment: true,
        reportEvery: () => false,
      });
      accuracies[name] = course.accuracies;
      const cosines = course.points.map(({ weights }) => weights[widths.length]);
      if (cosines[0] !== null) angles[name] = cosines.map((cosine) => degrees(cosine ?? 0));
    }
    return { accuracies, angles, mirrorPhases: Math.ceil(images / batchSize) * epochs };
  },

  summary(measurements) {
    const { measured, numbers } = armsOf(measurements.map(({ accuracies }) => accuracies));
    const names = Object.keys(measurements[0].angles);
    const of = (name: string, epoch: number) =>
      measurements.map(({ angles }) => angles[name].at(epoch) ?? Number.NaN);
    const texts = names.map((name) => {
      const [first, last] = [1, -1].map((epoch) => rangeText(of(name, epoch), fixed(0)));
      return `${name} ${first}° after one epoch, ${last}° at the end`;
    });
    const turned = measurements.every(({ angles }) => falls(angles.WM));
    const ends = Object.fromEntries(names.map((name) => [`${name}, degrees`, mean(of(name, -1))]));
    const learns = ['KP', 'WM'].every((name) => numbers[name] >= numbers.FA - 0.01);
    return {
      measured: `${texts.join('; ')} (${measurements[0].mirrorPhases} mirror phases); accuracy ${measured}`,
      numbers: { ...numbers, ...ends },
      pass:
        extent(of('KP', -1))[1] < 20 &&
        extent(of('FA', -1))[0] > 25 &&
        extent(of('WM', -1))[1] < 20 &&
        turned &&
        learns,
    };
  },

  figure: (measurements) => ({
    title: 'Feedback that learns',
    subtitle: `MNIST, 500 hidden tanh units; ${spreadText(measurements.length)}`,
    source: b8.source,
    panels: [
      {
        title: 'Angle between W and B, output layer',
        x: { label: 'epoch' },
        y: { label: 'angle', format: 'degrees' },
        references: [{ value: 90, label: 'unrelated' }],
        lines: linesOfArms(
          measurements.map(({ angles }) => angles),
          (values) => values.map((value, epoch) => [epoch, value]),
        ),
      },
      {
        title: 'Test accuracy',
        x: { label: 'epoch' },
        y: { label: 'accuracy', format: 'percent' },
        lines: linesOfArms(
          measurements.map(({ accuracies }) => accuracies),
          byEpoch,
        ),
      },
    ],
  }),
};
