import { gatherBatch, gatherBatchInto, type RowsAttributes } from '@feedalign/backend';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
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
 * @param used tensors of a batch of the same shape that is over: they are taken again where the backend can, so that what
 * shares their data changes too, and disposed of where it cannot
 * @example
 * ```ts
 * const { inputs, targets } = toTensors(batch);
 * ```
 */
export const toTensors = (batch: Batch, used?: BatchTensors): BatchTensors => ({
  inputs: gathered(batch.source, used?.inputs),
  targets: gathered(oneHotRows(batch), used?.targets),
});

function gathered<T extends Tensor>(rows: RowsAttributes, used: T | undefined): T {
  if (used && gatherBatchInto(used, rows)) return used;
  used?.dispose();
  return gatherBatch({}, rows) as T;
}

const identities = new Map<number, Uint8Array>();
const [scale, offset] = [[1], [0]];

/** Rows of the identity matrix. */
function oneHotRows({ labels, classes }: Batch): RowsAttributes {
  let source = identities.get(classes);
  if (!source) {
    source = new Uint8Array(classes * classes);
    for (let i = 0; i < classes; i++) source[i * classes + i] = 1;
    identities.set(classes, source);
  }
  return { source, rows: labels, rowShape: [classes], scale, offset };
}
