import { createRng } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { type AnyRule, bp, fga, fgw } from '@feedalign/rules';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { extent, fixed, mean } from '../statistics.js';
import { kernelsOf } from '../training/dense-net.js';
import { gradientsBy, type Sample } from '../training/estimates.js';

interface Settings {
  /** p, the fan-in. */
  readonly inputs: number;
  /** q, the fan-outs. */
  readonly widths: readonly number[];
  readonly classes: number;
  /** Examples that batches are drawn from, with replacement. */
  readonly pool: number;
  /** N. */
  readonly batch: number;
  readonly draws: number;
}

/** The variance of one weight's estimate, measured and by the formula, at one width. */
interface Cell {
  readonly width: number;
  readonly measured: number;
  readonly expected: number;
  /** The mean square of a batch's true gradient. */
  readonly square: number;
}
type Measurement = Readonly<Record<string, readonly Cell[]>>;

const source = 'Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310), table 1';

/** An estimator: how many numbers its noise has, and whether each example has noise of its own. */
const estimators: Readonly<
  Record<
    string,
    { rule: AnyRule; perturbed: (p: number, q: number) => number; independent: boolean; alone?: boolean }
  >
> = {
  'fg-w, shared': { rule: fgw(), perturbed: (p, q) => p * q, independent: false },
  'fg-w, independent': { rule: fgw(), perturbed: (p, q) => p * q, independent: true, alone: true },
  'fg-a, shared': { rule: fga({ shared: true }), perturbed: (_p, q) => q, independent: false },
  'fg-a, independent': { rule: fga(), perturbed: (_p, q) => q, independent: true },
};

/** One linear layer below a softmax. */
const netOf = (inputs: number, width: number, classes: number, seed: number) => {
  const kernel = kernelsOf('glorot', seed);
  return sequential({
    layers: [
      layers.dense({ units: width, useBias: false, inputShape: [inputs], ...kernel() }),
      layers.dense({ units: classes, activation: 'softmax', ...kernel() }),
    ],
  });
};

export const e2: Experiment<Settings, Measurement> = {
  id: 'E2',
  claim: 'Forward gradients of weights vary with all weights, those of activations with the units alone.',
  source,
  reference:
    'FG-W (pq+2)/N·V + (pq+1)·S, FG-A (q+2)/N·V + (q+1)·S; of each example its own noise: S divided by N',
  criterion: 'measured variance within 5 % of the formula: each estimator, in the mean over widths and seeds',
  settings: {
    quick: { inputs: 6, widths: [1, 2, 4, 8, 16], classes: 3, pool: 40, batch: 4, draws: 4000 },
    full: { inputs: 6, widths: [1, 2, 4, 8, 16, 32], classes: 3, pool: 40, batch: 4, draws: 40_000 },
  },
  seeds: { quick: 3, full: 3 },

  async run({ inputs, widths, classes, pool, batch, draws }, seed, signal) {
    const rng = createRng(seed);
    const breathe = breather(signal);
    const numbers = rng.stream('examples').normal(pool * inputs, 0.7, 0.6);
    const labels = Array.from({ length: pool }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const sampleOf = (chosen: readonly number[]): Sample => ({
      inputs: chosen.flatMap((i) => [...numbers.subarray(i * inputs, (i + 1) * inputs)]),
      labels: chosen.map((i) => labels[i]),
    });
    const measured: Record<string, Cell[]> = {};
    for (const width of widths) {
      const model = netOf(inputs, width, classes, seed);
      const network = trace(model);
      const size = inputs * width;
      const truth = gradientsBy(network, bp(), seed, 'first kernel');
      const each = labels.map((_, i) => truth(sampleOf([i]), 0));
      const middle = Array.from({ length: size }, (_, k) => mean(each.map((gradient) => gradient[k])));
      const S = mean(middle.map((value) => value ** 2));
      const V = mean(middle.map((value, k) => mean(each.map((gradient) => (gradient[k] - value) ** 2))));
      for (const [name, { rule, perturbed, independent, alone }] of Object.entries(estimators)) {
        const estimate = gradientsBy(network, rule, seed, 'first kernel');
        const chance = rng.stream(name).stream(width);
        const squares = new Float64Array(size);
        for (let draw = 0; draw < draws; draw++) {
          await breathe();
          const chosen = [...chance.stream(draw).uniform(batch, 0, pool)].map(Math.floor);
          // Weights have one noise for all examples of a pass: each example then takes a pass of its own.
          const passes = alone ? chosen.map((i) => [i]) : [chosen];
          const found = passes.map((some, i) => estimate(sampleOf(some), draw * batch + i));
          for (let k = 0; k < size; k++) {
            squares[k] += (mean(found.map((gradient) => gradient[k])) - middle[k]) ** 2;
          }
        }
        const n = perturbed(inputs, width);
        const expected = ((n + 2) / batch) * V + ((n + 1) * S) / (independent ? batch : 1);
        measured[name] = [
          ...(measured[name] ?? []),
          { width, expected, measured: mean([...squares]) / draws, square: V / batch + S },
        ];
      }
      model.dispose();
    }
    return measured;
  },

  summary(measurements) {
    const ratios = Object.keys(estimators).map((name) => {
      const all = measurements.flatMap((each) =>
        each[name].map(({ measured, expected }) => measured / expected),
      );
      return [name, mean(all), extent(all)] as const;
    });
    return {
      measured: `measured over formula: ${ratios
        .map(([name, middle, ends]) => `${name} ${middle.toFixed(3)} (${ends.map(fixed(2)).join('–')})`)
        .join(', ')}`,
      numbers: Object.fromEntries(ratios.map(([name, middle]) => [name, middle])),
      pass: ratios.every(([, middle]) => Math.abs(middle - 1) < 0.05),
    };
  },

  figure(measurements) {
    const lineOf = (name: string, value: (cell: Cell) => number, title: string) => ({
      name: title,
      rule: name.split(',')[0],
      points: measurements[0][name].map(
        ({ width }, i) => [width, mean(measurements.map((each) => value(each[name][i])))] as const,
      ),
    });
    const panel = (title: string, names: readonly string[]) => ({
      title,
      x: { label: 'units', scale: 'log' as const },
      y: { label: 'variance / mean square of the gradient', scale: 'log' as const },
      lines: names.flatMap((name) => [
        lineOf(name, ({ measured, square }) => measured / square, name),
        { ...lineOf(name, ({ expected, square }) => expected / square, `${name}, formula`), dashed: true },
      ]),
    });
    const names = Object.keys(estimators);
    return {
      title: 'How forward gradients vary with width',
      subtitle: `one weight of a linear layer below a softmax; mean of ${measurements.length} seeds`,
      source,
      panels: [
        panel(
          'Noise shared by a batch',
          names.filter((name) => !estimators[name].independent),
        ),
        panel(
          'Noise of each example',
          names.filter((name) => estimators[name].independent),
        ),
      ],
    };
  },
};
