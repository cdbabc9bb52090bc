import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Curve, History, Result } from './history.js';
import type { Spread } from './numbers.js';

/** The mean of some numbers, and their standard deviation where there are two or more. */
export const spreadOf = (values: readonly number[]): Spread => ({
  mean: mean([...values]),
  ...(values.length > 1 && { deviation: sampleStandardDeviation([...values]) }),
});

/** Values by what they have in common, in the order in which each kind was met first. */
export function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): [key: string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return [...groups];
}

export const isFinished = (history: History): history is History<Result> => history.result.type === 'result';

/** What several seeds of a rule came to. */
export const summaryOf = (rule: string, histories: readonly History<Result>[]) => ({
  type: 'result' as const,
  rule,
  seeds: histories.map(({ result }) => result.seed),
  learningRate: histories[0].result.learningRate,
  testAccuracy: spreadOf(histories.map(({ result }) => result.testAccuracy)),
  testLoss: spreadOf(histories.map(({ result }) => result.testLoss)),
});

/** Curves of several seeds as one line: the mean at each place, and ± one standard deviation around it. */
export function meanCurve(curves: readonly Curve[]) {
  const places = groupedBy(curves.flat(), ([x]) => String(x)).sort(([, [a]], [, [b]]) => a[0] - b[0]);
  const spreads = places.map(
    ([, points]) => [points[0][0], spreadOf(points.map(([, value]) => value))] as const,
  );
  return {
    points: spreads.map(([x, { mean }]): [number, number] => [x, mean]),
    band: spreads.flatMap(([x, { mean, deviation }]): [number, number, number][] =>
      deviation === undefined ? [] : [[x, mean - deviation, mean + deviation]],
    ),
  };
}
