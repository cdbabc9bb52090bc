import { FeedalignError } from '@feedalign/core';
import type { Labels } from './labels.js';
import { requireExamples } from './require-examples.js';

/**
 * Labelled examples, kept as they came: images stay bytes, floats are made batch by batch.
 *
 * Row r of `inputs` is one input, row-major in `inputShape`; value v of channel c (the last axis) means
 * v · scale[c] + offset[c]. With a single entry, `scale` and `offset` hold for every value.
 */
export interface Examples {
  /** How many examples: the length of `indices` where there are any, else of `labels`. */
  readonly count: number;
  /** The shape of one input, without the batch: [28, 28, 1], [32, 32, 3], [2]. */
  readonly inputShape: readonly number[];
  /** How many classes; every label is below it. */
  readonly classes: number;
  /** All rows, one after the other. */
  readonly inputs: Uint8Array | Float32Array;
  /** The class of each row, a whole number from 0 to `classes` − 1. */
  readonly labels: Labels;
  /** The rows that belong, in order; every row when absent. */
  readonly indices?: Uint32Array;
  /** Factors, one for all or one a channel. */
  readonly scale: readonly number[];
  /** Summands, as many as `scale`. */
  readonly offset: readonly number[];
}

/** A named set of examples in two parts, as its authors divided it. */
export interface Dataset {
  /** The name, followed by ' (unverified)' where the files are not the published ones. */
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** What each label stands for, where that has a name. */
  readonly classNames?: readonly string[];
  readonly train: Examples;
  readonly test: Examples;
}

/**
 * Some of the examples, in the order given: a view that shares all memory with the original.
 *
 * @param positions places in `examples`, each from 0 to `examples.count` − 1
 * @throws FeedalignError `invalid-option` for a place outside, or for a label that is no class, by its row
 * @throws FeedalignError `shape-mismatch` for arrays that are shorter or longer than the examples
 * @example
 * ```ts
 * const few = select(dataset.test, Uint32Array.from({ length: 1000 }, (_, i) => i));
 * ```
 */
export function select(examples: Examples, positions: Uint32Array): Examples {
  requireExamples(examples);
  const outside = positions.find((position) => position >= examples.count);
  if (outside !== undefined) {
    throw new FeedalignError(
      'invalid-option',
      `Example ${outside} was asked for, of ${examples.count} examples.`,
      'Count from 0.',
    );
  }
  const { indices } = examples;
  return {
    ...examples,
    count: positions.length,
    indices: indices ? positions.map((position) => indices[position]) : positions,
  };
}
