import { FeedalignError } from '@feedalign/core';
import type { Examples } from './examples.js';
import { requireLabel } from './labels.js';
import { requireWhole } from './options.js';
import { sizeOf } from './size-of.js';

/**
 * Checks what batches are cut from: everything that is read out of place would be another example's number, or none.
 *
 * @throws FeedalignError `shape-mismatch` for arrays that are shorter or longer than the examples
 * @throws FeedalignError `invalid-option` for a label that is no class, which names its row, and for a row, a number of
 * classes or inputs that cannot be
 */
export function requireExamples(examples: Examples): void {
  for (const field of ['inputShape', 'labels', 'scale', 'offset'] as const) {
    if (examples?.[field]?.length !== undefined) continue;
    throw new FeedalignError('invalid-option', `The examples have no ${field}.`, 'Give an array of numbers.');
  }
  const { count, inputShape, classes, inputs, labels, indices, scale, offset } = examples;
  requireWhole('classes', classes, 1);
  requireWhole('count', count, 0);
  if (!isReadable(inputs)) {
    throw new FeedalignError(
      'invalid-option',
      `The inputs are of the class ${(inputs as object | undefined)?.constructor?.name}.`,
      'Give a Uint8Array or a Float32Array, all rows one after the other.',
    );
  }
  const rows = labels.length;
  const size = sizeOf(inputShape);
  requireLength('inputs', inputs.length, rows * size, `${rows} labels and inputs of shape [${inputShape}]`);
  if (indices) requireLength('indices', indices.length, count, `a count of ${count}`);
  else requireLength('labels', rows, count, `a count of ${count}`);
  const factors = scale.length === 1 ? 1 : (inputShape.at(-1) ?? 1);
  requireLength('scale', scale.length, factors, `inputs of shape [${inputShape}]`);
  requireLength('offset', offset.length, scale.length, `a scale of ${scale.length}`);
  for (let i = 0; i < count; i++) {
    const row = indices ? indices[i] : i;
    if (!(row < rows)) {
      throw new FeedalignError(
        'invalid-option',
        `Row ${row} is asked for, of ${rows} rows.`,
        'Count from 0.',
      );
    }
    requireLabel(labels[row], row, classes);
  }
}

const isReadable = (inputs: unknown) =>
  inputs instanceof Uint8Array || inputs instanceof Float32Array || inputs instanceof Uint8ClampedArray;

function requireLength(what: string, found: number, needed: number, because: string): void {
  if (found === needed) return;
  throw new FeedalignError(
    'shape-mismatch',
    `The examples have ${found} numbers as ${what}, but ${because} need ${needed}.`,
    `Give ${needed} of them.`,
  );
}
