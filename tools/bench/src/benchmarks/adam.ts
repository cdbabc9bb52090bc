import type { Benchmark } from '../benchmark.js';
import { medianOf, timesFaster } from '../estimates.js';
import { ours, stock } from '../subjects.js';

const given = { parameters: 1_000_000 };

export const adam: Benchmark = {
  measures: 'fused Adam on 1M parameters, one thread, against stock applyGradients',
  plan: (settings) => ({
    subjects: {
      ours: { task: 'adam', given, ...ours(settings, 1) },
      stock: { task: 'stockAdam', given, ...stock },
    },
    rows: [
      {
        row: 'against stock',
        unit: '×',
        must: { atLeast: 20 },
        estimate: timesFaster('stock.step', 'ours.step'),
      },
      { row: 'fused step', unit: 'ms', estimate: medianOf('ours.step') },
      { row: 'stock step', unit: 'ms', estimate: medianOf('stock.step') },
    ],
  }),
};
