import type { Figure } from '@feedalign/figures';
import type { Load } from './training/data.js';

/** What an experiment came to. */
export interface Summary {
  /** The figures beside which the reference stands, in one line. */
  readonly measured: string;
  /** The same as numbers, by name. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly pass: boolean;
}

export type Scale = 'quick' | 'full';

/** An experiment as a value: what is claimed, how it is measured, and when the claim holds. */
export interface Experiment<Settings extends object, Measurement> {
  /** As in `feedalign reproduce A3`. */
  readonly id: string;
  /** One sentence. */
  readonly claim: string;
  readonly source: string;
  /** What was published, or measured before. */
  readonly reference: string;
  /** When it passes, in words. */
  readonly criterion: string;
  /** What of it was changed after its outcome had been seen, a sentence each. It is said above its figures. Default: nothing. */
  readonly changedAfterLook?: readonly string[];
  /** Plain data. */
  readonly settings: Readonly<Record<Scale, Settings>>;
  /** How many seeds, where nothing else is asked. */
  readonly seeds: Readonly<Record<Scale, number>>;
  /** What the numbers of its summary are, by name, for readers, where the name does not say it. */
  readonly numberNames?: Readonly<Record<string, string>>;
  /** One measurement: plain JSON. Rejects with the signal's reason when that is set off. */
  run(settings: Settings, seed: number, signal: AbortSignal, load: Load): Promise<Measurement>;
  /** Of the measurements of all seeds. */
  summary(measurements: readonly Measurement[]): Summary;
  figure(measurements: readonly Measurement[]): Figure;
}

/** An experiment in the table, where each has settings and measurements of its own. */
// biome-ignore lint/suspicious/noExplicitAny: what `run` returns goes back to the same experiment, unseen.
export type AnyExperiment = Experiment<any, any>;
