import { FeedalignError } from '@feedalign/core';
import type { AnyExperiment, Scale, Summary } from './experiment.js';
import { experiments } from './experiments.js';
import { type Load, loader } from './training/data.js';

/** An experiment begins. */
export interface BeginEvent {
  readonly type: 'begin';
  readonly id: string;
  readonly claim: string;
  readonly seeds: readonly number[];
}

/** One seed of it is measured. */
export interface MeasurementEvent {
  readonly type: 'measurement';
  readonly id: string;
  readonly seed: number;
  readonly seconds: number;
  readonly measurement: unknown;
}

/** What it came to. */
export interface VerdictEvent extends Summary {
  readonly type: 'verdict';
  readonly id: string;
  readonly claim: string;
  readonly reference: string;
  readonly criterion: string;
  /** What of it was changed after its outcome had been seen, a sentence each. */
  readonly changedAfterLook: readonly string[];
  readonly scale: Scale;
  readonly seeds: readonly number[];
  readonly seconds: number;
}

export type ReproduceEvent = BeginEvent | MeasurementEvent | VerdictEvent;

export interface ReproduceOptions {
  /** Default 'quick'. */
  readonly scale?: Scale;
  /** How many seeds, from 1 on. Default: as many as the experiment says for the scale. */
  readonly seeds?: number;
  /** A folder with a folder for each data set of yours, by its name. Others come as `loadDataset` finds them. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/**
 * The experiments of these ids, in the table's order and each once; 'all' stands for every one.
 *
 * @throws FeedalignError `unknown-name` for an id that no experiment has, or for none
 */
export function findExperiments(ids: readonly string[]): AnyExperiment[] {
  const wanted = new Set(ids.map((id) => id.toUpperCase()));
  const known = experiments.map(({ id }) => id);
  const unknown = ids.filter((id) => ![...known, 'ALL'].includes(id.toUpperCase()));
  if (unknown.length > 0 || ids.length === 0) {
    throw new FeedalignError(
      'unknown-name',
      ids.length === 0 ? 'No experiment was named.' : `There is no experiment '${unknown[0]}'.`,
      `There are ${known.join(', ')}, and 'all'.`,
    );
  }
  return experiments.filter(({ id }) => wanted.has('ALL') || wanted.has(id));
}

/**
 * Runs experiments one after the other, and tells what they measure: an async generator of events, without a console or a
 * file. Experiments that train use the backend that is in use.
 *
 * An experiment that throws, because its data cannot be had for instance, fails with the error's message as what it
 * measured; the others go on.
 *
 * @param ids as in the table `experiments`, in any case; or 'all'
 * @example
 * ```ts
 * for await (const event of reproduce(['A1', 'B2'])) {
 *   if (event.type === 'verdict') console.log(event.id, event.pass, event.measured);
 * }
 * ```
 * @throws FeedalignError `unknown-name` for an id that no experiment has
 * @throws FeedalignError `invalid-option` for a number of seeds that is no whole number of at least 1, or a folder that
 * does not exist
 */
export async function* reproduce(
  ids: readonly string[],
  { scale = 'quick', seeds, folder, signal = new AbortController().signal }: ReproduceOptions = {},
): AsyncGenerator<ReproduceEvent, void, void> {
  if (seeds !== undefined && !(Number.isSafeInteger(seeds) && seeds > 0)) {
    throw new FeedalignError('invalid-option', `seeds is ${seeds}.`, 'Give a whole number of at least 1.');
  }
  const load = loader(folder);
  for (const experiment of findExperiments(ids)) {
    const { id, claim, reference, criterion, changedAfterLook = [] } = experiment;
    const all = Array.from({ length: seeds ?? experiment.seeds[scale] }, (_, i) => i + 1);
    yield { type: 'begin', id, claim, seeds: all };
    const start = performance.now();
    const summary = yield* measured(experiment, scale, all, signal, load);
    const seconds = (performance.now() - start) / 1000;
    const about = { reference, criterion, changedAfterLook, scale };
    yield { type: 'verdict', id, claim, ...summary, ...about, seeds: all, seconds };
  }
}

/** Measures seed after seed, and sums up; what an experiment throws is its summary. */
async function* measured(
  experiment: AnyExperiment,
  scale: Scale,
  seeds: readonly number[],
  signal: AbortSignal,
  load: Load,
): AsyncGenerator<MeasurementEvent, Summary, void> {
  const measurements: unknown[] = [];
  for (const seed of seeds) {
    signal.throwIfAborted();
    const start = performance.now();
    try {
      measurements.push(await experiment.run(experiment.settings[scale], seed, signal, load));
    } catch (error) {
      signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      return { measured: `not run: ${message}`, numbers: {}, pass: false };
    }
    const seconds = (performance.now() - start) / 1000;
    yield { type: 'measurement', id: experiment.id, seed, seconds, measurement: measurements.at(-1) };
  }
  return experiment.summary(measurements);
}
