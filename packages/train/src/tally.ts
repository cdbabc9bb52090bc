import type { StepResult } from './run.js';

/** Means over the examples of some batches. */
export function tally() {
  let examples = 0;
  let loss = 0;
  let correct = 0;
  return {
    add: (result: StepResult, count: number) => {
      examples += count;
      loss += result.loss * count;
      correct += result.correct;
    },
    means: () => ({ loss: loss / examples, accuracy: correct / examples }),
  };
}

/** Adds up the time between starts and stops. */
export function stopwatch() {
  let total = 0;
  let started = 0;
  return {
    start: () => {
      started = performance.now();
    },
    stop: () => {
      total += performance.now() - started;
    },
    /** Never zero, so that it can be divided by. */
    seconds: () => Math.max(total, 1e-3) / 1000,
  };
}
