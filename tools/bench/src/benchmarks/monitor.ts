import type { Benchmark, Row } from '../benchmark.js';
import { addedPercent } from '../estimates.js';
import { ours } from '../subjects.js';
import { workloads } from '../workloads.js';

/** As many as the monitor counts from one measured step to the next. */
const steps = 100;

/** The worst case is a small network, whose steps are short. */
const networks = { '784-112-16-10': workloads.small, '784-1024-1024-10': workloads.large } as const;

/** What `alignmentMonitor` at its default adds to `model.fit` of a converted model. */
export const monitor: Benchmark = {
  measures: 'what the alignment monitor adds to model.fit, at its default',
  plan: (settings) => ({
    subjects: Object.fromEntries(
      Object.entries(networks).map(([name, training]) => [
        name,
        {
          task: 'monitored',
          given: { workload: training().workload, steps },
          ...ours(settings, settings.threads),
        },
      ]),
    ),
    rounds: 21,
    rows: Object.keys(networks).map(
      (name): Row => ({
        row: name,
        unit: '%',
        must: { atMost: 15 },
        estimate: addedPercent(`${name}.with`, `${name}.without`),
      }),
    ),
  }),
};
