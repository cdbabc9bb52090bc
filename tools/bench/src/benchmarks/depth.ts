import type { Benchmark, Row } from '../benchmark.js';
import { medianOf, timesFaster } from '../estimates.js';
import type { StepRule } from '../explicit-step.js';
import { ours } from '../subjects.js';
import { workloads } from '../workloads.js';

const rules: readonly { rule: StepRule; row: string; must?: Row['must'] }[] = [
  { rule: 'bp', row: 'BP', must: { atLeast: 8 } },
  { rule: 'fg-a', row: 'FG-A' },
  { rule: 'lg-fg-a, early', row: 'LG-FG-A, early', must: { atMost: 1.1 } },
  { rule: 'fg-w', row: 'FG-W', must: { atMost: 1.1 } },
];
const networks = { shallow: '2 layers', deep: '32 layers' } as const;
const names = Object.keys(networks) as (keyof typeof networks)[];

/** Flat are local losses and noise of weights. Noise of activations without local losses keeps them, as backpropagation does. */
export const depth: Benchmark = {
  measures: 'memory that a step works in, 128 units a layer, batch 1024',
  plan: (settings) => ({
    subjects: Object.fromEntries(
      names.map((name) => {
        const given = { workload: workloads[name]().workload, rules: rules.map(({ rule }) => rule) };
        return [name, { task: 'workingMemory', given, ...ours(settings, settings.threads) }] as const;
      }),
    ),
    rounds: 1,
    rows: rules.flatMap(({ rule, row, must }): Row[] => [
      ...names.map(
        (name): Row => ({
          row: `${row}, ${networks[name]}`,
          unit: 'MiB',
          estimate: medianOf(`${name}.${rule}`),
        }),
      ),
      {
        row: `${row}, growth`,
        unit: '×',
        must,
        estimate: timesFaster(`deep.${rule}`, `shallow.${rule}`),
      },
    ]),
  }),
};
