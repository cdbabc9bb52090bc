import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FeedalignError } from '@feedalign/core';
import { DivergedError } from '@feedalign/train';
import { type Bench, experiment, prepare } from './experiment.js';
import type { Settings } from './settings.js';
import { isFinished, spreadOf } from './summary.js';

/** How far a benchmark has come: one run after the other. */
export interface BenchmarkEvent {
  readonly type: 'choice' | 'run';
  readonly dataset: string;
  readonly rule: string;
  readonly learningRate: number;
  readonly seed: number;
  /** On the validation data for a choice, on the test data for a run; none when it diverged. */
  readonly accuracy: number | undefined;
  readonly done: number;
  readonly total: number;
}

/** One rule on one dataset. */
export interface Score {
  readonly type: 'score';
  readonly rule: string;
  readonly dataset: string;
  /** The rate that was best on the validation data; none when each diverged. */
  readonly learningRate: number | undefined;
  /** On the validation data, by learning rate; none where the run diverged. */
  readonly validation: Readonly<Record<string, number | undefined>>;
  /** On the test data, one for each seed that did not diverge. */
  readonly testAccuracies: readonly number[];
  readonly mean: number | undefined;
  /** Of the seeds, with n − 1; none for fewer than two. */
  readonly deviation: number | undefined;
}

/**
 * Every rule on every dataset at the same budget. A learning rate is chosen for each rule by the validation data, at one
 * seed; then runs with several seeds, of weights, feedback, order and split, are tested once each. After them comes their
 * score.
 *
 * @throws FeedalignError `invalid-option` without validation data: nothing is chosen on the test data
 */
export async function* benchmark(
  settings: Settings,
  signal: AbortSignal,
): AsyncGenerator<BenchmarkEvent | Score, void> {
  if (settings.validation === 0) {
    throw new FeedalignError(
      'invalid-option',
      'A benchmark without validation data would choose its learning rates on the test data.',
      'Give --validation a share above 0.',
    );
  }
  const { datasets, rules, rates, seeds, seed } = settings;
  const total = datasets.length * rules.length * (rates.length + seeds);
  let done = 0;

  for (const dataset of datasets) {
    const shared: Settings = { ...settings, dataset, folder: folderOf(settings, dataset), align: false };
    const benches = new Map<number, Bench>();
    const benchOf = async (seed: number) => {
      const known = benches.get(seed) ?? (await prepare({ ...shared, seed }, signal));
      benches.set(seed, known);
      return known;
    };
    for (const rule of rules) {
      const at = { dataset, rule };
      const validation = new Map<number, number | undefined>();
      for (const learningRate of rates) {
        const result = await run({ ...shared, rule, lr: learningRate, seed }, await benchOf(seed), signal);
        const accuracy = result?.validationAccuracy;
        validation.set(learningRate, accuracy);
        yield { type: 'choice', ...at, learningRate, seed, accuracy, done: ++done, total };
      }
      const learningRate = best(validation);
      const testAccuracies: number[] = [];
      for (let i = 0; i < seeds; i++) {
        const each = seed + i;
        const result =
          learningRate === undefined
            ? undefined
            : await run({ ...shared, rule, lr: learningRate, seed: each }, await benchOf(each), signal);
        const accuracy = result?.testAccuracy;
        if (accuracy !== undefined) testAccuracies.push(accuracy);
        yield {
          type: 'run',
          ...at,
          learningRate: learningRate ?? 0,
          seed: each,
          accuracy,
          done: ++done,
          total,
        };
      }
      const { mean, deviation } = testAccuracies.length > 0 ? spreadOf(testAccuracies) : {};
      yield {
        type: 'score',
        ...at,
        learningRate,
        validation: Object.fromEntries(validation),
        testAccuracies,
        mean,
        deviation,
      };
    }
  }
}

/** A folder with a folder for each dataset that is not to be had elsewhere. */
function folderOf({ folder }: Pick<Settings, 'folder'>, dataset: string): string | undefined {
  const own = folder === undefined ? undefined : join(folder, dataset);
  return own !== undefined && existsSync(own) ? own : undefined;
}

/** The result of one run, undefined when it diverged. */
async function run(settings: Settings, bench: Bench, signal: AbortSignal) {
  try {
    const events = experiment({ ...settings, out: undefined }, settings.rule, bench, signal);
    for (;;) {
      const next = await events.next();
      if (!next.done) continue;
      signal.throwIfAborted();
      const { history } = next.value;
      return isFinished(history) ? history.result : undefined;
    }
  } catch (error) {
    if (error instanceof DivergedError) return undefined;
    throw error;
  }
}

/** The rate with the highest accuracy; the smaller of two alike. */
function best(accuracies: ReadonlyMap<number, number | undefined>): number | undefined {
  const found = [...accuracies].filter((entry): entry is [number, number] => entry[1] !== undefined);
  const [first] = found.sort(([a, x], [b, y]) => y - x || a - b);
  return first?.[0];
}
