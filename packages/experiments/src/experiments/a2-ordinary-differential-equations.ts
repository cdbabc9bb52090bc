import { createRng } from '@feedalign/core';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { fixed, logSpaced, rangeText } from '../statistics.js';
import { generalisationError, integrate } from '../theory/order-parameters.js';
import { orderParametersOf, teacherAndStudent, watchErfStudent } from '../theory/student.js';

interface Settings {
  /** N */
  readonly inputs: number;
  readonly learningRate: number;
  /** t = steps/N */
  readonly until: number;
}

type Curve = readonly (readonly [t: number, error: number])[];

interface Measurement {
  readonly dfa: { readonly simulated: Curve; readonly predicted: Curve };
  readonly bp: { readonly simulated: Curve; readonly predicted: Curve };
}

/** max|Δε|/ε₀ */
const deviation = ({ simulated, predicted }: Measurement['dfa']): number =>
  Math.max(...simulated.map(([, error], i) => Math.abs(error - predicted[i][1]))) / simulated[0][1];

export const a2: Experiment<Settings, Measurement> = {
  id: 'A2',
  claim: 'Ordinary differential equations predict how an erf student learns online, under DFA and BP.',
  source:
    "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 2, after Saad and Solla 1995",
  reference: 'max|Δε|/ε₀ .008–.015 (N = 500, K = M = 2, η = .1, t to 1000)',
  criterion: 'max|Δε|/ε₀ < .03 in each run',
  settings: {
    quick: { inputs: 500, learningRate: 0.1, until: 100 },
    full: { inputs: 500, learningRate: 0.1, until: 1000 },
  },
  seeds: { quick: 3, full: 3 },

  async run({ inputs, learningRate, until }, seed, signal) {
    const breathe = breather(signal);
    const times = [0, ...logSpaced(0.1, until, 60)];
    const rng = createRng(seed);
    const both = async (feedback?: readonly number[]) => {
      const v = Array.from(rng.stream('v').normal(2));
      const { teacher, student } = teacherAndStudent(rng, inputs, 2, v);
      const predicted: [number, number][] = [];
      integrate(
        orderParametersOf(student, teacher),
        { learningRate, feedback },
        { times, step: 0.2 },
        (t, state) => predicted.push([t, generalisationError(state)]),
      );
      const looks = await watchErfStudent(student, teacher, rng.stream('examples'), {
        learningRate,
        feedback,
        times,
        breathe,
      });
      return { predicted, simulated: looks.map(({ t, error }) => [t, error] as const) };
    };
    return { dfa: await both(Array.from(rng.stream('feedback').normal(2))), bp: await both() };
  },

  summary(measurements) {
    const [dfa, bp] = [
      measurements.map(({ dfa }) => deviation(dfa)),
      measurements.map(({ bp }) => deviation(bp)),
    ];
    const [worstOfDfa, worstOfBp] = [Math.max(...dfa), Math.max(...bp)];
    return {
      measured: `max|Δε|/ε₀ DFA ${rangeText(dfa, fixed(4))}, BP ${rangeText(bp, fixed(4))}`,
      numbers: { dfa: worstOfDfa, bp: worstOfBp },
      pass: worstOfDfa < 0.03 && worstOfBp < 0.03,
    };
  },

  figure: ([{ dfa, bp }]) => ({
    title: 'Online learning and its equations',
    subtitle: 'erf, K = M = 2, η = 0.1, one seed; dashed: the equations',
    source: a2.source,
    panels: [
      {
        title: 'Generalisation error',
        x: { label: 'time (steps / N)', scale: 'log' },
        y: { label: 'ε', scale: 'log' },
        lines: [
          { name: 'DFA, simulated', rule: 'dfa', points: dfa.simulated },
          { name: 'DFA, equations', rule: 'dfa', points: dfa.predicted, dashed: true },
          { name: 'BP, simulated', rule: 'bp', points: bp.simulated },
          { name: 'BP, equations', rule: 'bp', points: bp.predicted, dashed: true },
        ],
      },
    ],
  }),
};
