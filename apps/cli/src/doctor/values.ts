import { createRng } from '@feedalign/core';

/** Numbers of a shape, in double precision. */
export interface Values {
  readonly shape: readonly number[];
  readonly numbers: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, each) => size * each, 1);

export const zeros = (shape: readonly number[]): Values => ({
  shape,
  numbers: new Float64Array(sizeOf(shape)),
});

/** y = f(x), number by number. */
export const mapped = ({ shape, numbers }: Values, f: (x: number, place: number) => number): Values => ({
  shape,
  numbers: numbers.map(f),
});

interface Draw {
  readonly mean?: number;
  readonly deviation?: number;
}

/** Normal numbers that depend on their name alone, and that a 32-bit float holds exactly. */
export const drawn = (
  name: string,
  shape: readonly number[],
  { mean = 0, deviation = 1 }: Draw = {},
): Values => ({
  shape,
  numbers: Float64Array.from(createRng(4).stream(name).normal(sizeOf(shape), mean, deviation)),
});
