import type { Benchmark, Row } from '../benchmark.js';
import { addedPercent, medianOf } from '../estimates.js';
import { ours } from '../subjects.js';
import { workloads } from '../workloads.js';

/** What Adam and a dropout add to a small network's step: they are part of what the engine repeats. */
export const mlpSmallWays: Benchmark = {
  measures: 'what Adam and dropout add to a step, by convert',
  plan: (settings) => {
    const { workload } = workloads.small();
    const { workload: dropout } = workloads.smallWithDropout();
    return {
      subjects: { ways: { task: 'ways', given: { workload, dropout }, ...ours(settings, settings.threads) } },
      rounds: 21,
      rows: [
        ...(['adam', 'dropout'] as const).map(
          (way): Row => ({
            row: way,
            unit: '%',
            must: { atMost: 15 },
            estimate: addedPercent(`ways.${way}`, 'ways.sgd'),
          }),
        ),
        { row: 'plain SGD', unit: 'ms', estimate: medianOf('ways.sgd') },
      ],
    };
  },
};
