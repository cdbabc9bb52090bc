import type { Benchmark, Row } from '../benchmark.js';
import { medianOf, shareOfPeak, timesFaster } from '../estimates.js';
import { ours, peak, stock } from '../subjects.js';
import type { RuleName } from '../useful-work.js';
import { workloads } from '../workloads.js';

const rules: readonly RuleName[] = ['dfa', 'bp'];

/** A small convolutional network, which stock tfjs cannot train on wasm: there it is the plain backend. */
export const lenet: Benchmark = {
  measures: 'DFA and BP step of LeNet-5 (32×32×1), batch 128, against stock on cpu',
  plan: (settings) => {
    const { workload, work } = workloads.lenet();
    const { threads } = settings;
    return {
      subjects: {
        ours: { task: 'step', given: { workload, rules }, ...ours(settings, threads) },
        peak: peak(settings, threads),
        // One step takes about ten seconds: there is nothing to warm up, and two samples must do.
        stock: { task: 'trainOnBatch', given: { workload }, ...stock, backend: 'cpu', warmUp: 0, atMost: 2 },
      },
      rows: [
        ...rules.flatMap((rule): Row[] => {
          const name = `ours.${rule}`;
          const title = `${rule.toUpperCase()} step`;
          return [
            {
              row: `${title} against stock`,
              unit: '×',
              must: { atLeast: 500 },
              estimate: timesFaster('stock.step', name),
            },
            {
              row: title,
              unit: 'of peak',
              must: { atLeast: 0.2 },
              estimate: shareOfPeak({ name, operations: work[rule] }, 'peak'),
            },
            { row: title, unit: 'ms', estimate: medianOf(name) },
          ];
        }),
        { row: 'stock trainOnBatch', unit: 'ms', estimate: medianOf('stock.step') },
      ],
    };
  },
};
