import { describe, expect, it } from 'vitest';
import { asSchedule, constant, cosine, type Schedule, stepDecay, warmUp } from '../src/index.js';

const half = Math.SQRT1_2;
const cases: [string, Schedule, [step: number, rate: number][]][] = [
  [
    'constant',
    constant(0.3),
    [
      [0, 0.3],
      [1e6, 0.3],
    ],
  ],
  [
    'a number as a schedule',
    asSchedule(0.3),
    [
      [0, 0.3],
      [7, 0.3],
    ],
  ],
  [
    'stepDecay',
    stepDecay(1, { every: 10 }),
    [
      [0, 1],
      [9, 1],
      [10, 0.1],
      [19, 0.1],
      [20, 0.01],
      [35, 0.001],
    ],
  ],
  [
    'stepDecay by a half',
    stepDecay(0.8, { every: 1, factor: 0.5 }),
    [
      [0, 0.8],
      [1, 0.4],
      [3, 0.1],
    ],
  ],
  [
    'cosine',
    cosine(2, { steps: 100 }),
    [
      [0, 2],
      [25, 1 + half],
      [50, 1],
      [75, 1 - half],
      [100, 0],
      [1000, 0],
    ],
  ],
  [
    'cosine with a floor',
    cosine(2, { steps: 100, floor: 0.5 }),
    [
      [0, 2],
      [50, 1.25],
      [100, 0.5],
      [500, 0.5],
    ],
  ],
  [
    'warmUp of a number',
    warmUp(0.4, { steps: 4 }),
    [
      [0, 0.1],
      [1, 0.2],
      [3, 0.4],
      [4, 0.4],
      [99, 0.4],
    ],
  ],
  [
    'warmUp of a schedule',
    warmUp(stepDecay(1, { every: 2 }), { steps: 4 }),
    [
      [0, 0.25],
      [1, 0.5],
      [2, 0.075],
      [3, 0.1],
      [4, 0.01],
    ],
  ],
];

describe.each(cases)('%s', (_title, schedule, expected) => {
  it.each(expected)('at step %i is %d', (step, rate) => {
    expect(schedule(step)).toBeCloseTo(rate, 12);
  });
});

it('asSchedule gives a schedule back as it is', () => {
  const schedule = constant(1);
  expect(asSchedule(schedule)).toBe(schedule);
});
