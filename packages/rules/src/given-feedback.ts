import { FeedalignError } from '@feedalign/core';
import {
  cast,
  clone,
  type Tensor,
  Tensor as TensorClass,
  type TensorLike,
  tensor,
  util,
} from '@tensorflow/tfjs-core';
import type { Slot } from './drawn-feedback.js';

/**
 * The feedback that was given for a slot, as a tensor of our own.
 *
 * @throws FeedalignError `invalid-option` where it is not here any more, or is no matrix of finite numbers
 * @throws FeedalignError `shape-mismatch` for another shape
 */
export function fitted({ name, shape }: Slot, values: TensorLike | Tensor | undefined): Tensor {
  if (values === undefined) {
    throw new FeedalignError(
      'invalid-option',
      `The feedback of '${name}' was given when the rule was made, and is not here any more.`,
      'Give its values again, or restore() the saved model that has them.',
    );
  }
  const found = read(name, values);
  if (found.shape.join() === shape.join()) return found;
  throw new FeedalignError(
    'shape-mismatch',
    `The feedback given for '${name}' has the shape [${found.shape}], but [${shape}] is needed.`,
    'Give it in that shape.',
  );
}

/** Given numbers as a tensor of our own. */
function read(name: string, values: TensorLike | Tensor): Tensor {
  const refuse = (problem: string) =>
    new FeedalignError(
      'invalid-option',
      `The feedback given for '${name}' ${problem}.`,
      'Give finite numbers, in rows of one length.',
    );
  if (values instanceof TensorClass) {
    if (values.isDisposed) throw refuse('is a tensor that has been disposed of');
    return clone(cast(values, 'float32'));
  }
  const numbers = util.flatten(values as number[]) as unknown[];
  if (!numbers.every(Number.isFinite)) throw refuse('has entries that are no finite numbers');
  const found = tensor(values, undefined, 'float32');
  if (found.size === numbers.length) return found;
  throw refuse('has rows of different lengths');
}

/** @throws FeedalignError `invalid-option` for a name that no slot has */
export function refuseUnknown(names: readonly string[], slots: readonly Slot[]): void {
  const known = slots.map((slot) => slot.name);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger === undefined) return;
  throw new FeedalignError(
    'invalid-option',
    `Feedback is given for '${stranger}', which has none.`,
    known.length > 0 ? `There is feedback for ${known.join(', ')}.` : 'This network has no feedback.',
  );
}
