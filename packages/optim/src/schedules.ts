/** The learning rate of each step, counted from 0. */
export type Schedule = (step: number) => number;

/** η(t) = η */
export const constant =
  (learningRate: number): Schedule =>
  () =>
    learningRate;

/** η(t) = η·factor^⌊t/every⌋ */
export const stepDecay =
  (learningRate: number, { every, factor = 0.1 }: { every: number; factor?: number }): Schedule =>
  (step) =>
    learningRate * factor ** Math.floor(step / every);

/**
 * η(t) = floor + (η − floor)·(1 + cos(π·min(t, steps)/steps))/2: half a cosine from η down to `floor`.
 *
 * Source: Loshchilov and Hutter, 'SGDR', ICLR 2017, without restarts.
 */
export const cosine =
  (learningRate: number, { steps, floor = 0 }: { steps: number; floor?: number }): Schedule =>
  (step) =>
    floor + ((learningRate - floor) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;

/**
 * The schedule with a linear start: η(t)·(t + 1)/steps for t < steps, η(t) after.
 *
 * @example
 * ```ts
 * const learningRate = warmUp(cosine(0.1, { steps: 5000 }), { steps: 500 });
 * ```
 */
export const warmUp =
  (schedule: Schedule | number, { steps }: { steps: number }): Schedule =>
  (step) =>
    asSchedule(schedule)(step) * Math.min(1, (step + 1) / steps);

/** A number is a constant schedule. */
export const asSchedule = (learningRate: Schedule | number): Schedule =>
  typeof learningRate === 'number' ? constant(learningRate) : learningRate;
