import type { Benchmark } from '../benchmark.js';
import { medianOf, timesFaster } from '../estimates.js';
import { ours, stock } from '../subjects.js';
import { workloads } from '../workloads.js';

/** What importing `@feedalign/wasm-training` does for a program that is otherwise stock tfjs. */
export const stockFit: Benchmark = {
  measures: 'stock model.fit of the large MLP, wasm-training imported or not',
  plan: (settings) => {
    const { workload } = workloads.large();
    const fit = { task: 'fit', given: { workload, steps: 2 } } as const;
    return {
      subjects: { with: { ...fit, ...ours(settings, 1) }, without: { ...fit, ...stock } },
      rounds: 4,
      rows: [
        {
          row: 'with against without',
          unit: '×',
          must: { atLeast: 20 },
          estimate: timesFaster('without.fit', 'with.fit'),
        },
        { row: 'two batches of 128, with', unit: 'ms', estimate: medianOf('with.fit') },
        { row: 'two batches of 128, without', unit: 'ms', estimate: medianOf('without.fit') },
      ],
    };
  },
};
