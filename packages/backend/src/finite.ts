import * as tf from '@tensorflow/tfjs-core';
import { ownKernel } from './tfjs/own-kernel.js';

/** Kernels of a backend that decides by itself: given the `loss`, and what ends it. */
const guard = ownKernel('FeedalignGuard');
const unguard = ownKernel('FeedalignUnguard');

/** The loss on which changes depend now. */
let deciding: tf.Tensor | undefined;

/**
 * Does `change`, whose primitives change variables only if the loss is finite: that is decided where the loss is, without
 * anybody's waiting for it.
 *
 * @param loss a scalar
 */
export function whenFinite(loss: tf.Tensor, change: () => void): void {
  const decides = guard.isThere();
  const outer = deciding;
  deciding = loss;
  if (decides) guard.run({ loss }, {});
  try {
    change();
  } finally {
    deciding = outer;
    if (decides) unguard.run({}, {});
  }
}

/** What becomes of a value: the next one, or itself where the loss is not finite. */
export const keptWhereNotFinite = (value: tf.Tensor, next: tf.Tensor): tf.Tensor =>
  deciding ? tf.where(tf.isFinite(deciding), next, value) : next;
