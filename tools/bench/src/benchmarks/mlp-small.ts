import type { Benchmark, Row } from '../benchmark.js';
import { medianOf, shareOfPeak, timesFaster } from '../estimates.js';
import { ours, peak, stock } from '../subjects.js';
import { workloads } from '../workloads.js';

/** The article's network, through the two public ways to train. */
export const mlpSmall: Benchmark = {
  measures: 'DFA step of 784-112-16-10, batch 64, by convert and by train',
  plan: (settings) => {
    const { workload, work } = workloads.small();
    const { threads } = settings;
    const ways = ['convert', 'train'] as const;
    return {
      subjects: {
        convert: { task: 'converted', given: { workload }, ...ours(settings, threads) },
        train: { task: 'train', given: { workload, steps: 100, epochs: 10 }, ...ours(settings, threads) },
        stock: { task: 'trainOnBatch', given: { workload }, ...stock },
        peak: peak(settings, threads),
      },
      rows: ways.flatMap((way): Row[] => [
        {
          row: `${way} against stock`,
          unit: '×',
          must: { atLeast: 20 },
          estimate: timesFaster('stock.step', `${way}.step`),
        },
        {
          row: way,
          unit: 'of peak',
          must: { atLeast: 0.4 },
          estimate: shareOfPeak({ name: `${way}.step`, operations: work.dfa }, 'peak'),
        },
        { row: way, unit: 'ms', estimate: medianOf(`${way}.step`) },
      ]),
    };
  },
};
