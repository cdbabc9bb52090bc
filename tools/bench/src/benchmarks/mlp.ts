import type { Benchmark, Plan, Settings } from '../benchmark.js';
import { medianOf, timesFaster } from '../estimates.js';
import { ours, stock } from '../subjects.js';
import { workloads } from '../workloads.js';

/** The DFA step of the large network, explicit on one batch, against stock backpropagation. */
function againstStock(settings: Settings, threads: number, atLeast: number): Plan {
  const { workload } = workloads.large();
  return {
    subjects: {
      ours: { task: 'step', given: { workload, rules: ['dfa'] }, ...ours(settings, threads) },
      stock: { task: 'trainOnBatch', given: { workload }, ...stock },
    },
    rows: [
      {
        row: 'DFA against stock',
        unit: '×',
        must: { atLeast },
        estimate: timesFaster('stock.step', 'ours.dfa'),
      },
      { row: 'DFA step', unit: 'ms', estimate: medianOf('ours.dfa') },
      { row: 'stock trainOnBatch', unit: 'ms', estimate: medianOf('stock.step') },
    ],
  };
}

export const mlp: Benchmark = {
  measures: 'DFA step of 784-1024-1024-10, batch 128, against stock trainOnBatch',
  plan: (settings) => againstStock(settings, settings.threads, 60),
};

export const mlpOneThread: Benchmark = {
  measures: 'the same on one thread: 784-1024-1024-10, batch 128, against stock',
  plan: (settings) => againstStock(settings, 1, 30),
};
