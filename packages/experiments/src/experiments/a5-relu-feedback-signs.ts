import { createRng } from '@feedalign/core';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { exponential, logSpaced } from '../statistics.js';
import { learnOnline, transfers } from '../theory/committee.js';
import { relu } from '../theory/integrals.js';
import { generalisationError } from '../theory/order-parameters.js';
import { orderParametersOf, teacherAndStudent } from '../theory/student.js';

interface Settings {
  /** N */
  readonly inputs: number;
  readonly learningRate: number;
  readonly until: number;
  /** K: each with all 2^K signs of F. */
  readonly students: readonly number[];
}

interface Outcome {
  readonly feedback: readonly number[];
  readonly errors: readonly (readonly [t: number, error: number])[];
}

type Measurement = readonly Outcome[];

const solved = 1e-3;
const positives = ({ feedback }: Outcome) => feedback.filter((sign) => sign > 0).length;
const finalError = ({ errors }: Outcome) => errors[errors.length - 1][1];

/** All of {±1}^K. */
const signsOf = (k: number): number[][] =>
  Array.from({ length: 2 ** k }, (_, code) => Array.from({ length: k }, (_, i) => ((code >> i) & 1) * 2 - 1));

const settings: Settings = { inputs: 100, learningRate: 0.1, until: 1000, students: [2, 3, 4] };

export const a5: Experiment<Settings, Measurement> = {
  id: 'A5',
  claim:
    'A ReLU student of a teacher with two units learns by DFA exactly if at least two of F are positive.',
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 2",
  reference: '28 of 28: 1/4, 1/2 and 11/16 of the F learn for K = 2, 3 and 4',
  criterion: 'ε < 1e-3 exactly where n₊ ≥ 2, for all 28 F of each seed',
  settings: { quick: { ...settings, inputs: 50 }, full: settings },
  seeds: { quick: 3, full: 3 },
  numberNames: {
    right: 'F that came out as claimed',
    total: 'F in all',
    slowest: 'largest ε where n₊ ≥ 2',
    nearest: 'least ε elsewhere',
  },

  async run({ inputs, learningRate, until, students }, seed, signal) {
    const breathe = breather(signal);
    const rng = createRng(seed);
    const times = logSpaced(0.1, until, 30);
    const outcomes: Outcome[] = [];
    for (const feedback of students.flatMap(signsOf)) {
      const own = rng.stream(feedback.join());
      const v = Array.from(own.stream('v').normal(feedback.length, 0, 0.1));
      const { teacher, student } = teacherAndStudent(own, inputs, 2, v);
      const errors: [number, number][] = [];
      await learnOnline(student, teacher, own.stream('examples'), {
        transfer: transfers.relu,
        learningRate,
        until,
        feedback,
        times,
        breathe,
        see: (t, each) => errors.push([t, generalisationError(orderParametersOf(each, teacher), relu.i2)]),
      });
      outcomes.push({ feedback, errors });
    }
    return outcomes;
  },

  summary(measurements) {
    const outcomes = measurements.flat();
    const right = outcomes.filter((each) => finalError(each) < solved === positives(each) >= 2).length;
    const learners = outcomes.filter((each) => positives(each) >= 2).map(finalError);
    const others = outcomes.filter((each) => positives(each) < 2).map(finalError);
    const [slowest, nearest] = [Math.max(...learners), Math.min(...others)];
    return {
      measured: `${right}/${outcomes.length}; ε ≤ ${exponential(slowest)} where n₊ ≥ 2, ≥ ${exponential(nearest)} elsewhere`,
      numbers: { right, total: outcomes.length, slowest, nearest },
      pass: right === outcomes.length,
    };
  },

  figure: ([outcomes]) => ({
    title: 'ReLU students learn where F has two positive signs',
    subtitle: 'All F of {±1}ᴷ, two teacher units, η = 0.1, one seed',
    source: a5.source,
    panels: [...new Set(outcomes.map(({ feedback }) => feedback.length))].map((k) => ({
      title: `K = ${k}`,
      x: { label: 'time (steps / N)', scale: 'log' },
      y: { label: 'ε', scale: 'log', range: [1e-8, 1] },
      references: [{ value: solved, label: 'learned' }],
      lines: [0, 1, 2, 3, 4].flatMap((count) =>
        outcomes
          .filter((each) => each.feedback.length === k && positives(each) === count)
          .map(({ errors }) => ({ name: `${count} positive`, points: errors })),
      ),
    })),
  }),
};
