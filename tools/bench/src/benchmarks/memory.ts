import type { Benchmark, Row } from '../benchmark.js';
import { medianOf } from '../estimates.js';
import { ours } from '../subjects.js';
import type { RuleName } from '../useful-work.js';
import { workloads } from '../workloads.js';

const rules: readonly RuleName[] = ['dfa', 'bp'];
const networks = { large: '784-1024-1024-10', lenet: 'LeNet-5' } as const;
const names = Object.keys(networks) as (keyof typeof networks)[];

/** Whether training needs more memory the longer it takes. */
export const memory: Benchmark = {
  measures: 'growth of the WASM memory from the first step to the hundredth',
  plan: (settings) => {
    const { threads } = settings;
    return {
      subjects: Object.fromEntries(
        names.map((name) => {
          const { workload } = workloads[name]();
          return [name, { task: 'memory', given: { workload, rules }, ...ours(settings, threads) }] as const;
        }),
      ),
      rounds: 1,
      rows: names.flatMap((name) =>
        rules.map(
          (rule): Row => ({
            row: `${networks[name]}, ${rule.toUpperCase()}`,
            unit: 'bytes',
            must: { atMost: 0 },
            estimate: medianOf(`${name}.${rule}`),
          }),
        ),
      ),
    };
  },
};
