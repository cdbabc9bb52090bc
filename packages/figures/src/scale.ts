import type { Axis } from './figure.js';
import { tickLabels } from './format.js';
import { linearTicks, logTicks, niceLogRange, niceRange, niceStep, type Range, type Ticks } from './ticks.js';

/** A place on an axis, 0 at its start and 1 at its end, with what is written there. */
interface Tick {
  readonly position: number;
  readonly label: string;
}

/** Leads values to places on an axis. */
export interface Scale {
  readonly ticks: readonly Tick[];
  /** 0 at the start of the axis, 1 at its end, beyond where the value is outside; NaN where it cannot be drawn. */
  position(value: number): number;
}

/** Magnitudes beyond these say nothing in a figure and lose their digits on the way. */
const largest = 1e100;
const smallest = 1e-100;

/** Where clipped lines lead to: so far that their slope shows no difference, so near that pixels keep their digits. */
const farOutside: Range = [-1000, 1000];

const within = (value: number, [low, high]: Range) => Math.min(high, Math.max(low, value));

interface Steps {
  /** At most so many. */
  readonly count: number;
  /** None shorter than 1. */
  readonly whole: boolean;
}

interface Kind {
  drawable(value: number): boolean;
  /** From values to a line on which equal steps are drawn equally long. */
  straighten(value: number): number;
  widened(range: Range, options: Steps): Range;
  /** Within the range, which may have been widened from `around`: with the steps of that. */
  ticks(range: Range, options: Steps, around: Range): Ticks;
}

const kinds: Record<NonNullable<Axis['scale']>, Kind> = {
  linear: {
    drawable: (value) => Math.abs(value) <= largest,
    straighten: (value) => value,
    widened: (range, steps) => niceRange(range, niceStep(range, steps)),
    ticks: (range, steps, around) => linearTicks(range, niceStep(around, steps)),
  },
  log: {
    drawable: (value) => value >= smallest && value <= largest,
    straighten: Math.log10,
    widened: niceLogRange,
    ticks: (range, { count }) => logTicks(range, count),
  },
};

/** A range around a single value, so that it has a place. */
const opened = ([low, high]: Range, log: boolean): Range => {
  if (high - low > Math.max(Math.abs(low), Math.abs(high)) * 1e-9 && high - low >= smallest)
    return [low, high];
  if (log) return [low / 2, high * 2];
  const margin = Math.max(Math.abs(low), Math.abs(high)) / 10;
  return margin >= smallest ? [low - margin, high + margin] : [-0.5, 0.5];
};

export function extent(values: readonly number[]): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/**
 * The scale of an axis for the values that are drawn on it.
 *
 * @param options.count at most so many steps between ticks.
 * @param options.nice widen an automatic range to round values.
 * @returns a scale without ticks where there is neither a value that can be drawn nor a range.
 */
export function scaleOf(
  axis: Axis,
  values: readonly number[],
  { count, nice }: { count: number; nice: boolean },
): Scale {
  const kind = kinds[axis.scale ?? 'linear'];
  const drawable = values.filter(kind.drawable);
  const given = axis.range?.every(kind.drawable) && axis.range[0] < axis.range[1] ? axis.range : undefined;
  if (drawable.length === 0 && !given) return { ticks: [], position: () => Number.NaN };
  const around = opened(given ?? extent(drawable), axis.scale === 'log');
  const whole = axis.format !== 'percent' && drawable.length > 0 && drawable.every(Number.isInteger);
  const range = nice && !given ? kind.widened(around, { count, whole }) : around;
  const [start, end] = range.map(kind.straighten);
  const place = (value: number) => (kind.straighten(value) - start) / (end - start);
  const { values: places, stepOf } = kind.ticks(range, { count, whole }, around);
  const written = tickLabels(places, { format: axis.format ?? 'number', stepOf });
  return {
    position: (value) => (kind.drawable(value) ? within(place(value), farOutside) : Number.NaN),
    ticks: places.map((value, i) => ({ position: within(place(value), [0, 1]), label: written[i] })),
  };
}
