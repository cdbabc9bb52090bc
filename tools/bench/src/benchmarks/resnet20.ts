import type { Benchmark, Row } from '../benchmark.js';
import { medianOf, shareOfPeak } from '../estimates.js';
import { ours, peak } from '../subjects.js';
import type { RuleName } from '../useful-work.js';
import { workloads } from '../workloads.js';

const rules: readonly RuleName[] = ['dfa', 'bp'];

/** A deep convolutional network with normalization and shortcuts. */
export const resnet20: Benchmark = {
  measures: 'DFA and BP step of ResNet-20 (32×32×3), batch 32: share of the limit',
  plan: (settings) => {
    const { workload, work } = workloads.resnet();
    const { threads } = settings;
    return {
      subjects: {
        ours: { task: 'step', given: { workload, rules }, ...ours(settings, threads), block: 300 },
        peak: peak(settings, threads),
      },
      rows: rules.flatMap((rule): Row[] => {
        const name = `ours.${rule}`;
        const title = `${rule.toUpperCase()} step`;
        return [
          {
            row: title,
            unit: 'of peak',
            must: { atLeast: 0.45 },
            estimate: shareOfPeak({ name, operations: work[rule] }, 'peak'),
          },
          { row: title, unit: 'ms', estimate: medianOf(name) },
        ];
      }),
    };
  },
};
