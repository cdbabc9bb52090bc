import { FeedalignError, type Rng } from '@feedalign/core';
import { type Examples, select } from './examples.js';
import { requireWhole } from './options.js';
import { requireExamples } from './require-examples.js';

/** How to divide the training examples. */
export interface SplitOptions {
  /** Below 1 a share of the training examples (rounded), from 1 on a number of them. 0 for none. */
  readonly validation: number;
  /** Train on at most this many of what is left; default all. Does not change which are for validation. */
  readonly limit?: number;
  /** Draws the order. */
  readonly rng: Rng;
}

/** Three parts that share no example. */
export interface Splits {
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
}

/**
 * Sets validation examples aside from the training part; the test part stays as it is.
 *
 * The training part is put in random order; validation takes the first of it, training the next `limit`. All
 * three are views: nothing is copied.
 *
 * @throws FeedalignError `invalid-option` when validation or limit is no such number, or nothing is left to train on; for
 * a label that is no class, by its row
 * @throws FeedalignError `shape-mismatch` for arrays that are shorter or longer than the examples
 * @example
 * ```ts
 * const { train, validation, test } = split(mnist, { validation: 10_000, rng: createRng(1).stream('split') });
 * ```
 */
export function split(dataset: { train: Examples; test: Examples }, options: SplitOptions): Splits {
  const { train, test } = dataset;
  const { validation, limit = train.count, rng } = options;
  for (const part of [train, test]) requireExamples(part);
  requireWhole('limit', limit, 1);
  const held = heldOut(validation, train.count);
  const order = rng.permutation(train.count);
  return {
    train: select(train, order.subarray(held, held + limit)),
    validation: select(train, order.subarray(0, held)),
    test,
  };
}

function heldOut(validation: number, count: number): number {
  const held = validation < 1 ? Math.round(validation * count) : validation;
  if (Number.isSafeInteger(held) && validation >= 0 && held < count) return held;
  throw new FeedalignError(
    'invalid-option',
    `validation is ${validation}, of ${count} training examples.`,
    'Give a share from 0 to below 1, or a whole number that leaves examples to train on.',
  );
}
