import type { Must, Plan, Unit } from './benchmark.js';
import { type Machine, machineOf } from './machine.js';
import type { Measured } from './measure.js';

/** One row as `--json` prints it. */
export interface Result {
  /** Of the benchmark. */
  readonly name: string;
  readonly row: string;
  readonly value: number;
  readonly unit: Unit;
  /** The bound; null for a row that only tells. */
  readonly must: number | null;
  /** Which way the value has to be from there. */
  readonly bound: 'atLeast' | 'atMost' | null;
  readonly pass: boolean;
  readonly quartiles: readonly [lower: number, upper: number];
  /** Every series that the value was made of, as measured: ms, or GFLOP/s for the limit. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly machine: Machine;
}

/** Whether a value is what is asked for. */
export function passes(value: number, must: Must | undefined): boolean {
  if (!must) return true;
  return 'atLeast' in must ? value >= must.atLeast : value <= must.atMost;
}

function boundOf(must: Must | undefined): Pick<Result, 'must' | 'bound'> {
  if (!must) return { must: null, bound: null };
  return 'atLeast' in must
    ? { must: must.atLeast, bound: 'atLeast' }
    : { must: must.atMost, bound: 'atMost' };
}

/** What a plan's rows say of what was measured. */
export function resultsOf(name: string, plan: Plan, { samples, facts }: Measured): Result[] {
  const machine = machineOf(facts);
  return plan.rows.map(({ row, unit, must, estimate }) => {
    const { value, quartiles, from } = estimate(samples);
    return {
      name,
      row,
      value,
      unit,
      ...boundOf(must),
      pass: passes(value, must),
      quartiles,
      samples: Object.fromEntries(from.map((series) => [series, samples[series]])),
      machine,
    };
  });
}
