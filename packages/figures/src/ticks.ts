import { exponentOf } from './format.js';

export type Range = readonly [low: number, high: number];

export interface Ticks {
  readonly values: readonly number[];
  /** The distance from a tick to its neighbours, on a log axis its own magnitude. */
  stepOf(value: number): number;
}

/** Steps that are a little more than were asked for are better than half as many over an axis half empty. */
const forgiven = 0.85;

/** The smallest of 1, 2, 5 × 10ᵏ that cuts the range into at most `count` steps, or hardly more; a whole number where `whole`. */
export function niceStep([low, high]: Range, { count, whole }: { count: number; whole: boolean }): number {
  const least = (high - low) / Math.max(1, count);
  const exponent = exponentOf(least);
  const step = [1, 2, 5, 10]
    .map((factor) => Number(`${factor}e${exponent}`))
    .find((candidate) => candidate >= least * forgiven) as number;
  return whole ? Math.max(1, step) : step;
}

/** How many steps fit below a value, forgiving the rounding of the division. */
const stepsBelow = (value: number, step: number) => Math.floor(value / step + 1e-6);
const stepsAbove = (value: number, step: number) => Math.ceil(value / step - 1e-6);

/** A multiple of the step without the rounding of the product: 3 × 0.1 = 0.3. */
const multiple = (count: number, step: number) => Number((count * step).toPrecision(14)) + 0;

/** The range widened to whole steps. */
export const niceRange = ([low, high]: Range, step: number): Range => [
  multiple(stepsBelow(low, step), step),
  multiple(stepsAbove(high, step), step),
];

/** The multiples of the step within the range. */
export function linearTicks([low, high]: Range, step: number): Ticks {
  const first = stepsAbove(low, step);
  const length = Math.max(0, stepsBelow(high, step) - first + 1);
  return { values: Array.from({ length }, (_, i) => multiple(first + i, step)), stepOf: () => step };
}

const powersOfTen = (factors: readonly number[], [low, high]: Range): number[] => {
  const ticks: number[] = [];
  for (let exponent = exponentOf(low) - 1; exponent <= exponentOf(high) + 1; exponent++) {
    for (const factor of factors) ticks.push(Number(`${factor}e${exponent}`));
  }
  return ticks;
};

const logCandidates = (range: Range) => powersOfTen(range[1] / range[0] < 100 ? [1, 2, 5] : [1], range);

/** The range of positive numbers widened to decades, or to 1, 2, 5 × 10ᵏ where it is shorter than two decades. */
export function niceLogRange(range: Range): Range {
  const candidates = logCandidates(range);
  return [
    candidates.findLast((tick) => tick <= range[0] * (1 + 1e-9)) as number,
    candidates.find((tick) => tick >= range[1] * (1 - 1e-9)) as number,
  ];
}

/** Ticks of a log axis: every decade or every few; 1, 2, 5 × 10ᵏ below two decades; multiples of a step where none fit. */
export function logTicks(range: Range, count: number): Ticks {
  const [low, high] = range;
  const ticks = logCandidates(range).filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  if (ticks.length < 2) return linearTicks(range, niceStep(range, { count, whole: false }));
  const every = Math.ceil(ticks.length / Math.max(1, count));
  return { values: ticks.filter((_, i) => i % every === 0), stepOf: (value) => value };
}
