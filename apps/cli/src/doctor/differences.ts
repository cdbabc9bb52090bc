import { createRng } from '@feedalign/core';
import { mapped, sizeOf, type Values } from './values.js';

/** What a gradient has to be, and how to see it in one that was computed. */
export interface Expected {
  readonly numbers: ArrayLike<number>;
  /** What of a computed tensor is compared with `numbers`; all of it when left out. Nothing of one of a wrong size. */
  readonly seen?: (found: ArrayLike<number>) => ArrayLike<number>;
}

/** Up to so many numbers are moved one by one; of more, some directions in which all of them move. */
const mostMovedAlone = 256;
const directionCount = 12;

/** In double precision: an error of the order of 1e-9, far below that of 32-bit floats. */
const step = 1e-5;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** The gradient by `x` of signal · f(x), by central differences. */
export function centralDifferences(f: (x: Values) => Values, x: Values, signal: Values): Expected {
  const slope = (direction: (place: number) => number) => {
    const at = (by: number) =>
      dot(f(mapped(x, (value, place) => value + by * direction(place))).numbers, signal.numbers);
    return (at(step) - at(-step)) / (2 * step);
  };
  const size = sizeOf(x.shape);
  if (size <= mostMovedAlone) {
    return { numbers: Array.from({ length: size }, (_, moved) => slope((place) => Number(place === moved))) };
  }
  const directions = Array.from({ length: directionCount }, (_, i) =>
    createRng(9).stream(i).rademacher(size),
  );
  return {
    numbers: directions.map((direction) => slope((place) => direction[place])),
    seen: (found) => (found.length === size ? directions.map((direction) => dot(found, direction)) : []),
  };
}

/** The largest difference over the largest expected number; infinite where a number is none or one is missing. */
export function relativeError(found: ArrayLike<number>, { numbers, seen }: Expected): number {
  const compared = seen ? seen(found) : found;
  if (compared.length !== numbers.length) return Infinity;
  let [scale, worst] = [0, 0];
  for (let i = 0; i < numbers.length; i++) {
    scale = Math.max(scale, Math.abs(numbers[i]));
    const difference = Math.abs(compared[i] - numbers[i]);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  return worst === 0 ? 0 : worst / scale;
}
