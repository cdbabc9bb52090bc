import { createRng } from '@feedalign/core';
import { breather } from '../breathe.js';
import type { Experiment } from '../experiment.js';
import { cosine, fixed, rangeText } from '../statistics.js';
import { transfers } from '../theory/committee.js';
import { type Look, lookAtErf, teacherAndStudent, watchStudent } from '../theory/student.js';

interface Settings {
  /** N */
  readonly inputs: number;
  readonly learningRate: number;
  readonly until: number;
  /** From one look to the next, in time. */
  readonly every: number;
}

interface Measurement {
  readonly feedback: readonly number[];
  readonly looks: readonly Look[];
}

/** When v first points along F, when the error is first half of what it was, and what is left of it at alignment. */
function phases({ looks, feedback }: Measurement) {
  const [start] = looks;
  const aligned = looks.find(({ v }) => cosine(v, feedback) > 0.95);
  const halved = looks.find(({ error }) => error < start.error / 2);
  return {
    align: aligned?.t ?? Number.POSITIVE_INFINITY,
    half: halved?.t ?? Number.POSITIVE_INFINITY,
    left: aligned ? aligned.error / start.error : Number.NaN,
  };
}

const settings: Settings = { inputs: 500, learningRate: 0.1, until: 100, every: 0.1 };

export const a3: Experiment<Settings, Measurement> = {
  id: 'A3',
  claim: 'Under DFA a student first aligns its output weights with the feedback, and only then learns.',
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 2",
  reference: 't_align .6–7.9 against t_half 17–32; ε at alignment ≥ .97 ε₀',
  criterion: 't_align < ½ t_half and ε at alignment > .9 ε₀, in every seed',
  settings: { quick: settings, full: settings },
  seeds: { quick: 5, full: 10 },
  numberNames: {
    held: 'seeds in which it held',
    latestAlignment: 'latest t_align',
    leastLeft: 'least ε/ε₀ at alignment',
  },

  async run({ inputs, learningRate, until, every }, seed, signal) {
    const rng = createRng(seed);
    const v = Array.from(rng.stream('v').normal(2, 0, 0.01));
    const feedback = Array.from(rng.stream('feedback').normal(2));
    const { teacher, student } = teacherAndStudent(rng, inputs, 2, v);
    const times = Array.from({ length: Math.round(until / every) + 1 }, (_, i) => i * every);
    const breathe = breather(signal);
    return {
      feedback,
      looks: await watchStudent(student, teacher, rng.stream('examples'), {
        transfer: transfers.erf,
        look: lookAtErf,
        learningRate,
        feedback,
        times,
        breathe,
      }),
    };
  },

  summary(measurements) {
    const seen = measurements.map(phases);
    const held = seen.filter(({ align, half, left }) => align < half / 2 && left > 0.9).length;
    const of = (name: 'align' | 'half' | 'left') => seen.map((each) => each[name]);
    return {
      measured: `${held} of ${seen.length}; t_align ${rangeText(of('align'), fixed(1))}, t_half ${rangeText(of('half'), fixed(1))}, ε at alignment ${rangeText(of('left'), fixed(3))} ε₀`,
      numbers: {
        held,
        seeds: seen.length,
        latestAlignment: Math.max(...of('align')),
        leastLeft: Math.min(...of('left')),
      },
      pass: held === seen.length,
    };
  },

  figure: (measurements) => {
    const lines = (value: (look: Look, measurement: Measurement) => number) =>
      measurements.slice(0, 5).map((measurement, i) => ({
        name: `seed ${i + 1}`,
        points: measurement.looks.slice(1).map((look) => [look.t, value(look, measurement)] as const),
      }));
    const x = { label: 'time (steps / N)', scale: 'log' } as const;
    return {
      title: 'Align, then memorise',
      subtitle: 'DFA, erf, K = M = 2, N = 500, η = 0.1, v from 0.01·N(0, 1)',
      source: a3.source,
      panels: [
        {
          title: 'Alignment',
          x,
          y: { label: 'cosine of v and F' },
          lines: lines(({ v }, { feedback }) => cosine(v, feedback)),
          references: [{ value: 0.95, label: 'aligned' }],
        },
        {
          title: 'Generalisation error',
          x,
          y: { label: 'ε / ε₀', range: [0, 1.1] },
          lines: lines(({ error }, { looks }) => error / looks[0].error),
          references: [{ value: 0.5, label: 'half' }],
        },
      ],
    };
  },
};
