/**
 * A number that may differ from one step to the next, such as a learning rate: read when a step is taken, and again
 * each time an engine repeats the step from a recording.
 */
export interface Slot {
  now(): number;
}

/** A number that is fixed, or one that is read in each step. */
export type Scalar = number | Slot;

/** @example `slot(() => schedule(state.step))` */
export const slot = (now: () => number): Slot => ({ now });

/** The number as it is now. */
export const numberNow = (scalar: Scalar): number => (typeof scalar === 'number' ? scalar : scalar.now());

/** A function of scalars: a number where all of them are numbers, else read in each step as they are. */
export function mapped(compute: (...values: number[]) => number, ...scalars: readonly Scalar[]): Scalar {
  const now = () => compute(...scalars.map(numberNow));
  return scalars.every((each) => typeof each === 'number') ? now() : slot(now);
}
