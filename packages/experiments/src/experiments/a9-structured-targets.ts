import { createRng, type Rng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { type MeasuredAlignment, measureAlignment, readAlignment } from '@feedalign/metrics';
import { dfa } from '@feedalign/rules';
import { dispose, tensor2d, train } from '@tensorflow/tfjs-core';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { type Curve, fixed, logSpaced, mean } from '../statistics.js';
import { linesOfArms, spreadText } from '../training/arms.js';
import { denseNet } from '../training/dense-net.js';

/** Of targets with covariance [[1, α(1 − β)], [α(1 − β), α²]]: (1, 1) are unrelated and alike in size. */
type Structure = readonly [alpha: number, beta: number];

interface Settings {
  readonly inputs: number;
  readonly widths: readonly number[];
  readonly examples: number;
  /** For the sum of a batch's squared errors. */
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly structures: readonly Structure[];
}

/** Gradient alignment over epochs, each a mean over all examples, by arm. */
type Measurement = Readonly<Record<string, Curve>>;

const settings: Settings = {
  inputs: 16,
  widths: [100, 100],
  examples: 992,
  learningRate: 1e-3,
  batchSize: 32,
  epochs: 600,
  structures: [
    [1, 1],
    [0.2, 0.2],
  ],
};
const activations = ['relu', 'tanh'] as const;
const nameOf = (activation: string, [alpha, beta]: Structure) => `${activation} (${alpha}, ${beta})`;

/** Pairs of normal numbers with the covariance of the structure, whatever the inputs are: [y₁, y₂, y₁, …]. */
export function structuredTargets(rng: Rng, count: number, [alpha, beta]: Structure): Float32Array {
  const [first, second] = [rng.stream('first').normal(count), rng.stream('second').normal(count)];
  const rest = Math.sqrt(1 - (1 - beta) ** 2);
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    const at = i >> 1;
    return i % 2 === 0 ? first[at] : alpha * ((1 - beta) * first[at] + rest * second[at]);
  });
}

async function alignmentOver(
  { inputs, widths, examples, learningRate, batchSize, epochs }: Settings,
  activation: 'relu' | 'tanh',
  structure: Structure,
  seed: number,
  signal: AbortSignal,
): Promise<Curve> {
  const breathe = breather(signal);
  const rng = createRng(seed).stream('structured');
  const xs = rng.stream('inputs').normal(examples * inputs);
  const ys = structuredTargets(rng.stream('targets'), examples, structure);
  const model = denseNet(widths, { inputShape: [inputs], activation, output: 'linear', outputs: 2, seed });
  // tfjs takes the mean over a batch and over both numbers of an output.
  const optimizer = train.sgd(learningRate * batchSize * 2);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const rule = dfa({ distribution: 'normal' });
  const handle = convert(model, rule, { seed });
  const batches = Array.from({ length: Math.floor(examples / batchSize) }, (_, i) => {
    const part = (values: Float32Array, width: number) =>
      tensor2d(values.slice(i * batchSize * width, (i + 1) * batchSize * width), [batchSize, width]);
    return { x: part(xs, inputs), y: part(ys, 2) };
  });
  const looks = new Set(logSpaced(1, epochs, 25).map(Math.round));
  const curve: [number, number][] = [];
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const seen: MeasuredAlignment[] = [];
      const stop = looks.has(epoch)
        ? handle.observe((pass) => seen.push(measureAlignment(pass, rule)))
        : () => {};
      for (const { x, y } of batches) {
        await breathe();
        await model.trainOnBatch(x, y);
      }
      stop();
      const alignments = await Promise.all(seen.map(readAlignment));
      if (seen.length > 0) {
        curve.push([epoch, mean(alignments.map(({ gradientAlignment }) => gradientAlignment ?? 0))]);
      }
    }
    return curve;
  } finally {
    handle.revert();
    dispose(batches.map(({ x, y }) => [x, y]));
    model.dispose();
    optimizer.dispose();
  }
}

export const a9: Experiment<Settings, Measurement> = {
  id: 'A9',
  claim: 'Targets that are correlated, or of unlike size, leave less alignment than unrelated ones.',
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 5; their code",
  reference: 'GA, from (α, β) = (1, 1) to (.2, .2): relu .854 to .685, tanh .843 to .732',
  criterion: 'mean GA at the end: difference > .06, for relu and tanh',
  settings: { quick: { ...settings, epochs: 300 }, full: settings },
  seeds: { quick: 3, full: 5 },

  async run(settings, seed, signal) {
    const measured: Record<string, Curve> = {};
    for (const activation of activations) {
      for (const structure of settings.structures) {
        const name = nameOf(activation, structure);
        measured[name] = await alignmentOver(settings, activation, structure, seed, signal);
      }
    }
    return measured;
  },

  summary(measurements) {
    const [plain, structured] = settings.structures;
    const end = (name: string) => mean(measurements.map((each) => each[name].at(-1)?.[1] ?? Number.NaN));
    const rows = activations.map((activation) => ({
      activation,
      from: end(nameOf(activation, plain)),
      to: end(nameOf(activation, structured)),
    }));
    return {
      measured: `GA ${rows.map(({ activation, from, to }) => `${activation} ${fixed(3)(from)} to ${fixed(3)(to)}`).join(', ')}`,
      numbers: Object.fromEntries(
        rows.flatMap(({ activation, from, to }) => [
          [`${activation}, plain`, from],
          [`${activation}, structured`, to],
        ]),
      ),
      pass: rows.every(({ from, to }) => from - to > 0.06),
    };
  },

  figure: (measurements) => ({
    title: 'Structure of the targets and alignment',
    subtitle: `DFA, 16-100-100-2, random targets of structure (α, β); ${spreadText(measurements.length)}`,
    source: a9.source,
    panels: [
      {
        title: 'Gradient alignment',
        x: { label: 'epoch', scale: 'log' },
        y: { label: 'mean cosine of δ' },
        lines: linesOfArms(measurements, (curve) => curve).map((line) => ({
          ...line,
          dashed: line.name.includes('(0.2'),
        })),
      },
    ],
  }),
};
