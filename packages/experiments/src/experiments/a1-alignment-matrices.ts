import { createRng, type Rng } from '@feedalign/core';
import type { Panel } from '@feedalign/figures';
import { Matrix } from 'ml-matrix';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { exponential, extent, fixed, logSpaced, rangeText } from '../statistics.js';
import {
  alignmentMatrices,
  condition,
  covariances,
  type DeepLinear,
  gaussianMatrix,
  orthonormalRows,
  stepDeepLinear,
  weightAlignments,
  zeroNet,
} from '../theory/deep-linear.js';
import { activations, stepDeep } from '../theory/deep-nonlinear.js';

interface Settings {
  readonly widths: readonly number[];
  readonly examples: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly teacher: keyof typeof teachers;
  /** Of the non-linear nets, beside what the linear one has. */
  readonly nonLinear: { readonly examples: number; readonly start: Readonly<Record<Name, number>> };
}

/** What the linear net's targets are made by: rows orthonormal, as targets without structure have them, or N(0, 1/inputs). */
const teachers = {
  orthonormal: orthonormalRows,
  gaussian: (rng: Rng, rows: number, columns: number) =>
    gaussianMatrix(rng, rows, columns, 1 / Math.sqrt(columns)),
} as const;

type Name = keyof typeof activations;

type Step = readonly [step: number, alignments: readonly number[]];

interface Measurement {
  readonly residuals: readonly number[];
  readonly conditions: readonly number[];
  readonly alignments: readonly number[];
  /** By steps, of layers 2 … L. */
  readonly history: readonly Step[];
  /** Of the change of each W_l, by activation: what is not F_l A_l F_{l−1}ᵀ, as a share, and the condition of A_l. */
  readonly nonLinear: Readonly<
    Record<Name, readonly { readonly residual: number; readonly condition: number }[]>
  >;
}

const settings: Settings = {
  widths: [20, 30, 30, 30, 4],
  examples: 1000,
  steps: 400,
  learningRate: 0.05,
  teacher: 'orthonormal',
  // ReLU does not leave zero by DFA.
  nonLinear: { examples: 50, start: { tanh: 0, relu: 0.5 } },
};

/** How far a net with an activation is from the linear one's form, after as many steps: its weights start at N(0, (start/√fan-in)²). */
async function nonLinearLayers(
  { widths, steps, learningRate, nonLinear }: Settings,
  name: Name,
  rng: Rng,
  breathe: () => Promise<void>,
) {
  const [inputs, outputs] = [widths[0], widths[widths.length - 1]];
  const x = gaussianMatrix(rng.stream('inputs'), inputs, nonLinear.examples);
  const y = orthonormalRows(rng.stream('teacher'), outputs, inputs).mmul(x);
  const zero = zeroNet(rng.stream('feedback'), widths);
  const start = zero.weights.map(({ rows, columns }, l) =>
    gaussianMatrix(rng.stream('start').stream(l), rows, columns, nonLinear.start[name] / Math.sqrt(columns)),
  );
  let net: DeepLinear = { ...zero, weights: start };
  for (let step = 1; step <= steps; step++) {
    await breathe();
    net = stepDeep(net, activations[name], { x, y }, learningRate);
  }
  const change = net.weights.map((weight, l) => Matrix.sub(weight, start[l]));
  return alignmentMatrices({ ...net, weights: change }).map(({ matrix, residual }) => ({
    residual,
    condition: condition(matrix),
  }));
}

export const a1: Experiment<Settings, Measurement> = {
  id: 'A1',
  claim:
    'A deep linear net that DFA trains from zero has weights W_l = F_l A_l F_{l−1}ᵀ, with A_l well conditioned.',
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 4",
  reference: 'residual ≤ 1.1e-15, condition 1.5–1.9, weight alignment .97–.99',
  criterion: 'every residual < 1e-10, every condition < 3, every weight alignment > .9',
  changedAfterLook: [
    'The teacher was Gaussian at first, and it failed (A1G); now its rows are orthonormal, the targets that the paper’s theory asks for.',
    'F_l was N(0, 1/outputs) at first, by which gradient descent diverged at this rate for some draws; now N(0, 1/units).',
  ],
  settings: { quick: settings, full: settings },
  seeds: { quick: 3, full: 10 },
  numberNames: {
    residual: 'largest residual',
    condition: 'largest condition',
    weightAlignment: 'least weight alignment',
  },

  async run(settings, seed, signal) {
    const { widths, examples, steps, learningRate } = settings;
    const breathe = breather(signal);
    const rng = createRng(seed);
    const [inputs, outputs] = [widths[0], widths[widths.length - 1]];
    const x = gaussianMatrix(rng.stream('inputs'), inputs, examples);
    const teacher = teachers[settings.teacher](rng.stream('teacher'), outputs, inputs);
    const seen = covariances(x, teacher.mmul(x));
    const looks = new Set(logSpaced(2 * widths.length, steps, 25).map(Math.round));
    const history: [number, number[]][] = [];
    let net = zeroNet(rng.stream('feedback'), widths);
    for (let step = 1; step <= steps; step++) {
      await breathe();
      net = stepDeepLinear(net, seen, learningRate);
      if (looks.has(step)) history.push([step, weightAlignments(net)]);
    }
    const layers = alignmentMatrices(net);
    return {
      residuals: layers.map(({ residual }) => residual),
      conditions: layers.map(({ matrix }) => condition(matrix)),
      alignments: weightAlignments(net),
      history,
      nonLinear: {
        tanh: await nonLinearLayers(settings, 'tanh', rng, breathe),
        relu: await nonLinearLayers(settings, 'relu', rng, breathe),
      },
    };
  },

  summary(measurements) {
    const residual = Math.max(...measurements.flatMap(({ residuals }) => residuals));
    const conditions = measurements.flatMap(({ conditions }) => conditions);
    const alignments = measurements.flatMap(({ alignments }) => alignments);
    const [largest, least] = [extent(conditions)[1], extent(alignments)[0]];
    const names = Object.keys(activations) as Name[];
    const others = names.map((name) => {
      const layers = measurements.flatMap(({ nonLinear }) => nonLinear[name]);
      const of = (key: 'residual' | 'condition', digits: number) =>
        rangeText(
          layers.map((layer) => layer[key]),
          fixed(digits),
        );
      return `; ${name}, of the changes, residual ${of('residual', 2)}, condition ${of('condition', 1)}`;
    });
    return {
      measured: `residual ≤ ${exponential(residual)}, condition ${rangeText(conditions, fixed(1))}, weight alignment ${rangeText(alignments, fixed(2))}${others.join('')}`,
      numbers: { residual, condition: largest, weightAlignment: least },
      pass: residual < 1e-10 && largest < 3 && least > 0.9,
    };
  },

  figure: ([first]) => ({
    title: 'Weights of a deep linear net align with its feedback',
    subtitle: '20-30-30-30-4 by DFA, one seed; from zero weights, ReLU from small ones',
    source: a1.source,
    panels: [
      {
        title: 'Weight alignment, linear net',
        x: { label: 'steps of gradient descent', scale: 'log' },
        y: { label: 'cosine of W and F Fᵀ' },
        lines: first.alignments.map((_, l) => ({
          name: `layer ${l + 2}`,
          points: first.history.map(([step, alignments]) => [step, alignments[l]] as const),
        })),
      },
      byLayer('Condition of the alignment matrices', 'largest over smallest singular value', {
        linear: first.conditions,
        tanh: first.nonLinear.tanh.map(({ condition }) => condition),
        ReLU: first.nonLinear.relu.map(({ condition }) => condition),
      }),
      byLayer('Change of W that is not F A Fᵀ', 'share of ‖ΔW‖', {
        linear: first.residuals,
        tanh: first.nonLinear.tanh.map(({ residual }) => residual),
        ReLU: first.nonLinear.relu.map(({ residual }) => residual),
      }),
    ],
  }),
};

const byLayer = (title: string, label: string, nets: Readonly<Record<string, readonly number[]>>): Panel => ({
  title,
  x: { label: 'layer' },
  y: { label },
  lines: Object.entries(nets).map(([name, values]) => ({
    name,
    points: values.map((value, l) => [l + 1, value] as const),
  })),
});

const gaussian: Settings = { ...settings, teacher: 'gaussian' };

/** The settings of the first try, under which A_l are not well conditioned. */
export const a1g: Experiment<Settings, Measurement> = {
  ...a1,
  id: 'A1G',
  claim: `${a1.claim} So too with a Gaussian teacher: the first try.`,
  reference: 'none: what the reference’s targets were is not stated',
  changedAfterLook: [],
  settings: { quick: gaussian, full: gaussian },
  seeds: { quick: 10, full: 10 },
};
