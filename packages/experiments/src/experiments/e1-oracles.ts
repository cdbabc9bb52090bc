import { createRng, jvp, parametersOf } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { type AnyRule, bp, fga, fgw, local } from '@feedalign/rules';
import { mul, oneHot, softmax, sub, sum, tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { exponential, fixed, mean, rangeText } from '../statistics.js';
import { linesOfArms, spreadText } from '../training/arms.js';
import { denseNet } from '../training/dense-net.js';
import { gradientsBy, type Sample } from '../training/estimates.js';

interface Settings {
  readonly inputs: number;
  readonly widths: readonly number[];
  readonly classes: number;
  readonly batch: number;
  /** Directions of the derivative. */
  readonly directions: number;
  readonly draws: number;
}

interface Measurement {
  /** The largest |⟨e, logits′⟩ − ⟨g, v⟩| / Σ|g·v| over directions v. */
  readonly derivative: number;
  /** Draws, and the slope of the mean estimate against its true gradient. */
  readonly slopes: Readonly<Record<string, readonly (readonly [draws: number, slope: number])[]>>;
}

const source = 'Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310), sections 3 and 4';

/** An estimator, and the rule whose gradients it has in the mean. */
const arms: Readonly<Record<string, readonly [rule: AnyRule, truth: AnyRule]>> = {
  'FG-W': [fgw({ noise: 'rademacher' }), bp()],
  'FG-A': [fga(), bp()],
  'LG-FG-W': [local(fgw({ noise: 'rademacher' })), local(bp())],
  'LG-FG-A': [local(fga()), local(bp())],
};

/** How far the derivative in forward mode is from the product of gradient and direction. */
function derivativeError(model: LayersModel, sample: Sample, seed: number, directions: number): number {
  const network = trace(model);
  const gradient = gradientsBy(network, bp(), seed, 'all')(sample, 0);
  const rng = createRng(seed).stream('directions');
  const errors = Array.from({ length: directions }, (_, direction) =>
    tidy(() => {
      const weights = new Map(
        parametersOf(network).map((parameter, i) => {
          const { shape, size } = parameter.variable;
          return [parameter, tensor(rng.stream(direction).stream(i).normal(size), shape)];
        }),
      );
      const v = [...weights.values()].flatMap((each) => [...each.dataSync()]);
      const x = tensor([...sample.inputs], [sample.labels.length, ...network.inputs[0].outputShape]);
      const [{ value, tangent }] = jvp(network, [x], { weights }, { training: true });
      const error = sub(softmax(value), oneHot([...sample.labels], network.errorSize));
      const along = sum(mul(error, tangent)).dataSync()[0] / sample.labels.length;
      const terms = v.map((each, i) => each * gradient[i]);
      return Math.abs(along - sumOf(terms)) / sumOf(terms.map(Math.abs));
    }),
  );
  return Math.max(...errors);
}

const sumOf = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

export const e1: Experiment<Settings, Measurement> = {
  id: 'E1',
  claim:
    'Derivatives in forward mode are exact, and forward gradients are right in the mean, under local losses too.',
  source,
  reference: 'slope 1; relative error of rounding',
  criterion: 'derivative within 1e-4 of ⟨gradient, v⟩, slopes 1 ± .05, in every seed',
  settings: {
    quick: { inputs: 6, widths: [5, 4], classes: 3, batch: 4, directions: 20, draws: 8000 },
    full: { inputs: 6, widths: [5, 4], classes: 3, batch: 4, directions: 200, draws: 80_000 },
  },
  seeds: { quick: 3, full: 3 },

  async run({ inputs, widths, classes, batch, directions, draws }, seed, signal) {
    const breathe = breather(signal);
    const options = { activation: 'tanh', seed, inputShape: [inputs], outputs: classes } as const;
    const model = denseNet(widths, options);
    const rng = createRng(seed);
    const sample: Sample = {
      inputs: [...rng.stream('inputs').normal(batch * inputs)],
      labels: [...rng.stream('labels').uniform(batch, 0, classes)].map(Math.floor),
    };
    const slopes: Record<string, (readonly [number, number])[]> = {};
    for (const [name, [rule, truth]] of Object.entries(arms)) {
      const network = trace(model);
      const gradient = [...gradientsBy(network, truth, seed, 'hidden')(sample, 0)];
      const length = sumOf(gradient.map((each) => each ** 2));
      const estimate = gradientsBy(network, rule, seed, 'hidden');
      slopes[name] = [];
      let total = 0;
      for (let draw = 1; draw <= draws; draw++) {
        await breathe();
        const found = estimate(sample, draw);
        total += sumOf(gradient.map((each, i) => each * found[i]));
        if (draw >= 100 && Math.log2(draw / 100) % 1 === 0) slopes[name].push([draw, total / draw / length]);
      }
      slopes[name].push([draws, total / draws / length]);
    }
    const derivative = derivativeError(model, sample, seed, directions);
    model.dispose();
    return { derivative, slopes };
  },

  summary(measurements) {
    const names = Object.keys(arms);
    const last = (name: string) =>
      measurements.map(({ slopes }) => (slopes[name].at(-1) as [number, number])[1]);
    const derivative = Math.max(...measurements.map((each) => each.derivative));
    return {
      measured: `derivative within ${exponential(derivative)}; slopes ${names.map((name) => `${name} ${rangeText(last(name), fixed(3))}`).join(', ')}`,
      numbers: { derivative, ...Object.fromEntries(names.map((name) => [name, mean(last(name))])) },
      pass:
        derivative <= 1e-4 && names.every((name) => last(name).every((slope) => Math.abs(slope - 1) <= 0.05)),
    };
  },

  figure: (measurements) => ({
    title: 'Forward gradients in the mean',
    subtitle: `Slope of the mean of estimates against the gradient of hidden layers; ${spreadText(measurements.length)}`,
    source,
    panels: [
      {
        title: 'Towards 1',
        x: { label: 'draws', scale: 'log' },
        y: { label: 'slope' },
        lines: linesOfArms(
          measurements.map(({ slopes }) => slopes),
          (points) => points,
        ),
      },
    ],
  }),
};
