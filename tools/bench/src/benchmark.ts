import type { Setup, Work } from './protocol.js';
import type { Summary } from './statistics.js';

/** What the command line decides. */
export interface Settings {
  /** For the benchmarks that are not of one thread. */
  readonly threads: number;
  readonly relaxed: boolean;
  /** Whether the processor is one of AMD's. */
  readonly isAmd: boolean;
}

/** A child process that takes part in a benchmark. */
export type Subject = Partial<Setup> &
  Work & {
    /** Rounds in which it is measured; default all of them. */
    readonly atMost?: number;
  };

/** What was measured, in the order of the rounds, by `subject.case`. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/** An estimate and the series that it was made of. */
export interface Estimate extends Summary {
  readonly from: readonly string[];
}

export type Must = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the result. */
export interface Row {
  /** What the number is, within its benchmark. */
  readonly row: string;
  readonly unit: Unit;
  /** What is asked of it; a row without it only tells. */
  readonly must?: Must;
  readonly estimate: (samples: Samples) => Estimate;
}

export type Unit = '×' | '%' | 'of peak' | 'ms' | 'µs' | 'GFLOP/s' | 'M/s' | 'bytes' | 'MiB';

/** What is to be measured, and what is told of it. */
export interface Plan {
  readonly subjects: Readonly<Record<string, Subject>>;
  /** How often each subject is measured; default 7. */
  readonly rounds?: number;
  readonly rows: readonly Row[];
}

export interface Benchmark {
  /** What it measures, in a line. */
  readonly measures: string;
  readonly plan: (settings: Settings) => Plan;
}
