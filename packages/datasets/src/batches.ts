import { type RowsAttributes, scaledRows } from '@feedalign/backend';
import type { Rng } from '@feedalign/core';
import type { Examples } from './examples.js';
import { type Labels, labelsFor, requireLabel } from './labels.js';
import { requireWhole } from './options.js';
import { requireExamples } from './require-examples.js';

/** How to cut examples into batches. */
export interface BatchOptions {
  /** Examples a batch. */
  readonly batchSize: number;
  /** Shuffles when given; without it the examples keep their order. */
  readonly rng?: Rng;
  /** Leave out a last batch that is not full; default false. */
  readonly dropRemainder?: boolean;
}

/** Some examples as plain arrays. */
export interface Batch {
  /** How many examples: `batchSize`, or fewer in the last batch. */
  readonly count: number;
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Where the inputs come from: what `toTensors` makes a tensor of without an array in between. */
  readonly source: RowsAttributes;
  /** [count, ...inputShape], row-major; made when it is first asked for. */
  readonly inputs: Float32Array;
  /** [count] */
  readonly labels: Labels;
  /** A new array [count, classes], 1 at each label and 0 elsewhere. */
  oneHot(): Float32Array;
}

/**
 * One pass over the examples, each exactly once (but for what `dropRemainder` leaves out).
 *
 * Every batch has arrays of its own. The result can be iterated once; call again for the next epoch.
 *
 * @throws FeedalignError `invalid-option` when batchSize is not a whole number of at least 1, or for a label that is no
 * class, by its row
 * @throws FeedalignError `shape-mismatch` for arrays that are shorter or longer than the examples
 * @example
 * ```ts
 * for (const batch of batches(train, { batchSize: 64, rng: rng.stream('shuffle').stream(epoch) })) step(batch);
 * ```
 */
export function batches(examples: Examples, options: BatchOptions): Iterable<Batch> {
  requireWhole('batchSize', options.batchSize, 1);
  requireExamples(examples);
  return cut(examples, options);
}

function* cut(examples: Examples, { batchSize, rng, dropRemainder = false }: BatchOptions): Generator<Batch> {
  const { count, indices } = examples;
  const order = rng?.permutation(count);
  const end = dropRemainder ? count - (count % batchSize) : count;
  for (let start = 0; start < end; start += batchSize) {
    const rows = new Uint32Array(Math.min(batchSize, end - start));
    for (let i = 0; i < rows.length; i++) {
      const position = order ? order[start + i] : start + i;
      rows[i] = indices ? indices[position] : position;
    }
    yield gather(examples, rows);
  }
}

function gather(examples: Examples, rows: Uint32Array): Batch {
  const { inputShape, classes, scale, offset } = examples;
  const source = { source: examples.inputs, rows, rowShape: inputShape, scale, offset };
  const labels = labelsFor(classes, rows.length);
  for (let i = 0; i < rows.length; i++) labels[i] = examples.labels[rows[i]];
  let inputs: Float32Array | undefined;
  return {
    count: rows.length,
    inputShape,
    classes,
    source,
    get inputs() {
      inputs ??= scaledRows(source);
      return inputs;
    },
    labels,
    oneHot: () => oneHot(labels, classes),
  };
}

/** [rows, classes], row by row. */
export function oneHot(labels: Labels, classes: number): Float32Array {
  const targets = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    requireLabel(label, row, classes);
    targets[row * classes + label] = 1;
  });
  return targets;
}
