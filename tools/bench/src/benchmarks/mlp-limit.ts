import type { Benchmark, Row } from '../benchmark.js';
import { medianOf, shareOfPeak } from '../estimates.js';
import { ours, peak, threadsText } from '../subjects.js';
import type { RuleName } from '../useful-work.js';
import { workloads } from '../workloads.js';

const rules: readonly RuleName[] = ['dfa', 'bp'];

/** The steps of the large network, by their useful work. */
export const mlpLimit: Benchmark = {
  measures: 'DFA and BP step of 784-1024-1024-10, batch 128: share of the limit',
  plan: (settings) => {
    const { workload, work } = workloads.large();
    const counts = [...new Set([1, settings.threads])];
    return {
      subjects: Object.fromEntries(
        counts.flatMap((count) => [
          [`ours${count}`, { task: 'step', given: { workload, rules }, ...ours(settings, count) }] as const,
          [`peak${count}`, peak(settings, count)] as const,
        ]),
      ),
      rows: counts.flatMap((count) =>
        rules.flatMap((rule): Row[] => {
          const name = `ours${count}.${rule}`;
          const title = `${rule.toUpperCase()} step, ${threadsText(count)}`;
          const timed = { name, operations: work[rule] };
          return [
            {
              row: title,
              unit: 'of peak',
              must: { atLeast: 0.7 },
              estimate: shareOfPeak(timed, `peak${count}`),
            },
            { row: title, unit: 'ms', estimate: medianOf(name) },
          ];
        }),
      ),
    };
  },
};
