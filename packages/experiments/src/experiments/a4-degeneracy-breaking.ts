import { createRng } from '@feedalign/core';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { logSpaced } from '../statistics.js';
import { committee, transfers } from '../theory/committee.js';
import { type Look, lookAtErf, watchStudent } from '../theory/student.js';

interface Settings {
  /** N */
  readonly inputs: number;
  readonly learningRate: number;
  readonly until: number;
  /** Students under one teacher and one F. */
  readonly inits: number;
}

interface Measurement {
  readonly feedback: readonly number[];
  readonly dfa: readonly (readonly Look[])[];
  readonly bp: readonly (readonly Look[])[];
}

const agreeing = (runs: Measurement['dfa'], feedback: readonly number[]) =>
  runs.filter((looks) => agreement(looks[looks.length - 1].v, feedback) > 0).length;
const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

export const a4: Experiment<Settings, Measurement> = {
  id: 'A4',
  claim: "Of all solutions DFA takes the one that F points to, from any start; BP's depends on the start.",
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 2",
  reference: 'sign(v) = sign(F): DFA 6/6, BP 2/6',
  criterion: 'DFA in every start, BP not in every start',
  settings: {
    quick: { inputs: 100, learningRate: 0.1, until: 300, inits: 6 },
    full: { inputs: 500, learningRate: 0.1, until: 1000, inits: 6 },
  },
  seeds: { quick: 3, full: 3 },
  numberNames: { dfa: 'starts that agree with F, DFA', bp: 'starts that agree with F, BP' },

  async run({ inputs, learningRate, until, inits }, seed, signal) {
    const breathe = breather(signal);
    const rng = createRng(seed);
    const feedback = Array.from(rng.stream('feedback').normal(2));
    const teacher = committee(rng.stream('teacher'), inputs, [1, 1]);
    const times = [0, ...logSpaced(0.1, until, 40)];
    const runs = async (taught?: readonly number[]) => {
      const all: Look[][] = [];
      for (let init = 0; init < inits; init++) {
        const own = rng.stream('init').stream(init);
        const v = Array.from(own.stream('v').normal(2, 0, 0.01));
        const student = committee(own.stream('student'), inputs, v);
        all.push(
          await watchStudent(student, teacher, own.stream('examples'), {
            transfer: transfers.erf,
            look: lookAtErf,
            learningRate,
            feedback: taught,
            times,
            breathe,
          }),
        );
      }
      return all;
    };
    return { feedback, dfa: await runs(feedback), bp: await runs() };
  },

  summary(measurements) {
    const starts = total(measurements.map(({ dfa }) => dfa.length));
    const dfa = total(measurements.map(({ dfa, feedback }) => agreeing(dfa, feedback)));
    const bp = total(measurements.map(({ bp, feedback }) => agreeing(bp, feedback)));
    return {
      measured: `sign(v) = sign(F): DFA ${dfa}/${starts}, BP ${bp}/${starts}`,
      numbers: { dfa, bp, starts },
      pass: dfa === starts && bp < starts,
    };
  },

  figure: (measurements) => {
    const panel = (title: string, rule: 'dfa' | 'bp') => ({
      title: `${title}: ${total(measurements.map((each) => agreeing(each[rule], each.feedback)))} of ${total(measurements.map((each) => each[rule].length))} agree with F`,
      x: { label: 'time (steps / N)', scale: 'log' as const },
      y: { label: 'min(v₁ sign F₁, v₂ sign F₂)' },
      references: [{ value: 0, label: 'above: v agrees with F' }],
      lines: measurements.flatMap(({ feedback, ...each }) =>
        each[rule].map((looks) => ({
          name: '',
          rule,
          points: looks.map(({ t, v }) => [t, agreement(v, feedback)] as const),
        })),
      ),
    });
    return {
      title: 'One feedback, one solution',
      subtitle: `Students of a teacher from small starts, ${measurements[0].dfa.length} under each F; what counts is the end`,
      source: a4.source,
      panels: [panel('DFA', 'dfa'), panel('BP', 'bp')],
    };
  },
};

/** Positive where every second-layer weight has the sign of its feedback. */
const agreement = (v: readonly number[], feedback: readonly number[]) =>
  Math.min(...v.map((value, k) => value * Math.sign(feedback[k])));
