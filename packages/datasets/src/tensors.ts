import { gatherBatch } from '@feedalign/backend';
import { type Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { Batch } from './batches.js';

/** A batch on the backend; dispose of both. */
export interface BatchTensors {
  /** [count, ...inputShape], float32. */
  readonly inputs: Tensor;
  /** [count, classes], float32, one-hot. */
  readonly targets: Tensor2D;
}

/**
 * A batch as TensorFlow.js tensors. The caller owns them.
 *
 * @example
 * ```ts
 * const { inputs, targets } = toTensors(batch);
 * ```
 */
export const toTensors = (batch: Batch): BatchTensors => ({
  inputs: gatherBatch({}, batch.source),
  targets: tensor2d(batch.oneHot(), [batch.count, batch.classes], 'float32'),
});
