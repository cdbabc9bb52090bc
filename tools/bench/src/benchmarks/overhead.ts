import type { Benchmark, Estimate, Row } from '../benchmark.js';
import { medianOf } from '../estimates.js';
import { summarize } from '../statistics.js';
import { ours } from '../subjects.js';
import type { RuleName } from '../useful-work.js';
import { workloads } from '../workloads.js';

const rules: readonly RuleName[] = ['dfa', 'bp'];

/**
 * What a step costs beside its kernels, on a network of units of four numbers.
 *
 * There are two ways to tell, and both are told. The step less the time within kernels is what is asked for: it
 * leaves out what a kernel's own JavaScript does (finding addresses, making outputs). The whole step has that too,
 * and since four numbers are computed in no time, it bounds the first from above.
 */
export const overhead: Benchmark = {
  measures: 'JavaScript outside kernels, for each unit and step',
  plan: (settings) => {
    const { workload, units } = workloads.tiny();
    return {
      subjects: {
        outside: { task: 'outside', given: { workload, rules, steps: 500 }, ...ours(settings, 1) },
        whole: { task: 'step', given: { workload, rules }, ...ours(settings, 1), warmUp: 500 },
      },
      rows: rules.flatMap((rule): Row[] => [
        {
          row: `${rule.toUpperCase()}, outside kernels`,
          unit: 'µs',
          must: { atMost: 15 },
          estimate: medianOf(`outside.${rule}`),
        },
        {
          row: `${rule.toUpperCase()}, the whole step`,
          unit: 'µs',
          estimate: (samples): Estimate => ({
            ...summarize(samples[`whole.${rule}`].map((milliseconds) => (1000 * milliseconds) / units)),
            from: [`whole.${rule}`],
          }),
        },
      ]),
    };
  },
};
