import type { Benchmark, Row } from '../benchmark.js';
import { millionsPerSecond } from '../estimates.js';
import { ours } from '../subjects.js';

const count = 1_000_000;
const rows = [
  { distribution: 'rademacher', row: 'signs, ±1', atLeast: 200 },
  { distribution: 'normal', row: 'normal', atLeast: 50 },
  { distribution: 'uniform', row: 'uniform', atLeast: 50 },
] as const;

export const noise: Benchmark = {
  measures: 'a million seeded random numbers as a tensor, one thread',
  plan: (settings) => ({
    subjects: { ours: { task: 'noise', given: { count }, ...ours(settings, 1) } },
    rows: rows.map(
      ({ distribution, row, atLeast }): Row => ({
        row,
        unit: 'M/s',
        must: { atLeast },
        estimate: millionsPerSecond(`ours.${distribution}`, count),
      }),
    ),
  }),
};
