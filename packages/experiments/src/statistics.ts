import { mean, sampleStandardDeviation, standardDeviation } from 'simple-statistics';

export { mean };

/** a·b/(‖a‖‖b‖); NaN where one of them has no length. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}

/** `count` numbers from `from` to `to`, at equal ratios. */
export const logSpaced = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)));

/** [smallest, largest] */
export const extent = (values: readonly number[]): [number, number] => [
  Math.min(...values),
  Math.max(...values),
];

/** `.012–.034`, or one number where they are alike. */
export function rangeText(values: readonly number[], write: (value: number) => string): string {
  const [low, high] = extent(values).map(write);
  return low === high ? low : `${low}–${high}`;
}

export const fixed =
  (digits: number) =>
  (value: number): string =>
    value.toFixed(digits);

export const exponential = (value: number): string => value.toExponential(1);

/** Of Student's t, the quantile .975 at 1, 2, … degrees of freedom; beyond the last, that of the next: a little too wide. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
];

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean of a_i − b_i and its 95 % interval, mean ± t·s/√n with Student's t at n − 1 degrees of freedom, for runs that are
 * alike in pairs: by seed, which both had. One pair alone has an interval without bounds.
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): Interval {
  const differences = a.map((value, i) => value - b[i]);
  const [middle, n] = [mean(differences), differences.length];
  if (n < 2) return { mean: middle, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const half = ((quantiles[n - 2] ?? 2.13) * sampleStandardDeviation(differences)) / Math.sqrt(n);
  return { mean: middle, low: middle - half, high: middle + half };
}

/** `.012 [.003, .021]` */
export const intervalText = ({ mean, low, high }: Interval, write: (value: number) => string): string =>
  Number.isFinite(low) ? `${write(mean)} [${write(low)}, ${write(high)}]` : `${write(mean)} (one seed)`;

export type Curve = readonly (readonly [x: number, y: number])[];

/** Curves of several seeds over the same x as one line: their mean, and a band of one standard deviation to each side. */
export function overSeeds(curves: readonly Curve[]): {
  points: Curve;
  band?: readonly (readonly [x: number, low: number, high: number])[];
} {
  const columns = curves[0].map(([x], i) => [x, curves.map((curve) => curve[i][1])] as const);
  const points = columns.map(([x, ys]) => [x, mean([...ys])] as const);
  if (curves.length === 1) return { points };
  const band = columns.map(([x, ys], i) => {
    const spread = standardDeviation([...ys]);
    return [x, points[i][1] - spread, points[i][1] + spread] as const;
  });
  return { points, band };
}
