import type { Benchmark, Row } from '../benchmark.js';
import { medianOf, timesFaster } from '../estimates.js';
import { ours } from '../subjects.js';
import { workloads } from '../workloads.js';

/** The products of a pass with its derivative: of values, of what arrives, and, along weights, of those too. */
const directions = [
  { series: 'preActivations', row: 'along pre-activations', atMost: 2.1 },
  { series: 'weights', row: 'along weights', atMost: undefined },
] as const;

/** Whole steps, with what they draw and what they update. */
const steps = [
  { series: 'fg-a', row: 'FG-A step', atMost: 3.2 },
  { series: 'fg-a by signs', row: 'FG-A step, by signs', atMost: undefined },
  { series: 'fg-w', row: 'FG-W step', atMost: undefined },
  { series: 'fg-w by signs', row: 'FG-W step, by signs', atMost: 3.5 },
] as const;

export const jvp: Benchmark = {
  measures: 'a pass with its derivative against the pass alone, 784-1024³-10, batch 128',
  plan: (settings) => ({
    subjects: {
      ours: {
        task: 'derivatives',
        given: { workload: workloads.wide().workload },
        ...ours(settings, settings.threads),
      },
    },
    rows: [
      ...directions.map(
        ({ series, row, atMost }): Row => ({
          row,
          unit: '×',
          must: atMost === undefined ? undefined : { atMost },
          estimate: timesFaster(`ours.${series}`, 'ours.forward'),
        }),
      ),
      ...steps.map(
        ({ series, row, atMost }): Row => ({
          row,
          unit: '×',
          must: atMost === undefined ? undefined : { atMost },
          estimate: timesFaster(`ours.${series}`, 'ours.forward'),
        }),
      ),
      { row: 'forward pass', unit: 'ms', estimate: medianOf('ours.forward') },
    ],
  }),
};
