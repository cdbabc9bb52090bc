import { createRng } from '@feedalign/core';
import { Matrix } from 'ml-matrix';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { exponential, extent, fixed, rangeText } from '../statistics.js';
import { gaussianMatrix } from '../theory/deep-linear.js';
import { conserved, type LinearPair, stepLinearPair } from '../theory/linear-feedback-alignment.js';

interface Settings {
  readonly widths: readonly [inputs: number, hidden: number, outputs: number];
  /** Each a tenth of the one before. */
  readonly learningRates: readonly number[];
  /** η times steps, the same for each rate. */
  readonly until: number;
}

interface Measurement {
  /** The largest difference between Δ(BW + WᵀBᵀ − AAᵀ) and −η²BEEᵀBᵀ, of any step at any rate. */
  readonly residual: number;
  /** ‖drift of BW + WᵀBᵀ − AAᵀ‖ at the end, for each learning rate. */
  readonly drifts: readonly (readonly [learningRate: number, drift: number])[];
  readonly loss: number;
}

export const b2: Experiment<Settings, Measurement> = {
  id: 'B2',
  claim: 'Linear FA conserves BW + WᵀBᵀ − AAᵀ, up to the second order of the step: so W follows B.',
  source: 'Lillicrap et al. 2016, supplementary note on linear networks',
  reference: 'residual 4e-15; the drift shrinks about tenfold when η does',
  criterion: 'residual < 1e-10; a tenth of η leaves between 1/12 and 1/8 of the drift',
  settings: {
    quick: { widths: [12, 10, 4], learningRates: [0.01, 0.001], until: 2 },
    full: { widths: [12, 10, 4], learningRates: [0.01, 0.001, 0.0001], until: 2 },
  },
  seeds: { quick: 3, full: 10 },
  numberNames: {
    leastShrinkage: 'least shrinkage of the drift',
    mostShrinkage: 'most shrinkage of the drift',
  },

  async run({ widths: [inputs, hidden, outputs], learningRates, until }, seed, signal) {
    const breathe = breather(signal);
    const rng = createRng(seed);
    const draw = (name: string, rows: number, columns: number, scale: number) =>
      gaussianMatrix(rng.stream(name), rows, columns, scale / Math.sqrt(columns));
    const target = draw('target', outputs, inputs, 1);
    const start: LinearPair = {
      w: draw('w', outputs, hidden, 0.1),
      a: draw('a', hidden, inputs, 0.1),
      b: draw('b', hidden, outputs, 1),
    };
    let [residual, loss] = [0, 0];
    const drifts: [number, number][] = [];
    for (const learningRate of learningRates) {
      let pair = start;
      for (let step = 0; step < Math.round(until / learningRate); step++) {
        await breathe();
        const next = stepLinearPair(pair, target, learningRate);
        const taught = pair.b.mmul(next.error).mul(learningRate);
        const change = Matrix.sub(conserved(next.pair), conserved(pair));
        residual = Math.max(residual, Matrix.add(change, taught.mmul(taught.transpose())).abs().max());
        pair = next.pair;
        loss = next.error.norm() / target.norm();
      }
      drifts.push([learningRate, Matrix.sub(conserved(pair), conserved(start)).norm()]);
    }
    return { residual, drifts, loss };
  },

  summary(measurements) {
    const residual = Math.max(...measurements.map((each) => each.residual));
    const ratios = measurements.flatMap(({ drifts }) =>
      drifts.slice(1).map(([, drift], i) => drifts[i][1] / drift),
    );
    const [least, most] = extent(ratios);
    return {
      measured: `residual ${exponential(residual)}; drift shrinks ${rangeText(ratios, fixed(1))} times with η/10`,
      numbers: { residual, leastShrinkage: least, mostShrinkage: most },
      pass: residual < 1e-10 && least > 8 && most < 12,
    };
  },

  figure: (measurements) => ({
    title: 'What linear feedback alignment conserves',
    subtitle: '12-10-4, Euler steps to the same time; one line a seed',
    source: b2.source,
    panels: [
      {
        title: 'Drift of B W + Wᵀ Bᵀ − A Aᵀ',
        x: { label: 'learning rate η', scale: 'log' },
        y: { label: 'Frobenius norm of the drift', scale: 'log' },
        lines: measurements.map(({ drifts }, i) => ({ name: `seed ${i + 1}`, points: drifts })),
      },
    ],
  }),
};
