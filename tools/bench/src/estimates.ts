// How a row's number is made of samples: pure functions of the series by name.
import type { Estimate, Row, Samples } from './benchmark.js';
import { greatest, ratioOfMedians, summarize } from './statistics.js';

type Estimator = Row['estimate'];

function series(samples: Samples, name: string): readonly number[] {
  const found = samples[name];
  if (!found?.length) throw new Error(`Nothing was measured by the name '${name}'.`);
  return found;
}

/** The median of one series. */
export const medianOf =
  (name: string): Estimator =>
  (samples): Estimate => ({ ...summarize(series(samples, name)), from: [name] });

/** Millions a second, of so many in a time in ms. */
export const millionsPerSecond =
  (name: string, count: number): Estimator =>
  (samples): Estimate => ({
    ...summarize(series(samples, name).map((time) => count / (1e3 * time))),
    from: [name],
  });

/** How many times as long `slow` takes as `fast`. */
export const timesFaster =
  (slow: string, fast: string): Estimator =>
  (samples): Estimate => ({
    ...ratioOfMedians(series(samples, slow), series(samples, fast)),
    from: [slow, fast],
  });

/** How much longer `more` takes than `less`, in percent of it; each round by itself, so that what slows both down is not told. */
export const addedPercent =
  (more: string, less: string): Estimator =>
  (samples): Estimate => {
    const below = series(samples, less);
    const added = series(samples, more).map((time, round) => 100 * (time / below[round] - 1));
    return { ...summarize(added), from: [more, less] };
  };

/** GFLOP/s of so many operations in a time in ms. */
const rates = (operations: number, milliseconds: readonly number[]): number[] =>
  milliseconds.map((time) => operations / (1e6 * time));

/** Something that was timed, and the operations of one repetition. */
export interface Timed {
  readonly name: string;
  readonly operations: number;
}

/**
 * The limit: the best of the loops, or the best product seen where that is faster.
 *
 * @param peak the subject that measures both
 * @param products other products of the same run, which the limit must not be below either
 */
export const peakOf =
  (peak: string, products: readonly Timed[] = []): ((samples: Samples) => readonly number[]) =>
  (samples) =>
    greatest([
      series(samples, `${peak}.loop`),
      series(samples, `${peak}.product`),
      ...products.map(({ name, operations }) => rates(operations, series(samples, name))),
    ]);

/** The rate of useful work over the limit. */
export const shareOfPeak =
  ({ name, operations }: Timed, peak: string, products: readonly Timed[] = []): Estimator =>
  (samples): Estimate => ({
    ...ratioOfMedians(rates(operations, series(samples, name)), peakOf(peak, products)(samples)),
    from: [name, `${peak}.loop`, `${peak}.product`],
  });
