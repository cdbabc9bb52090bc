import { gatherBatch, gatherBatchInto, type RowsAttributes } from '@feedalign/backend';
import { type Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { type Batch, oneHot } from './batches.js';
import { requireLabel } from './labels.js';

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
 * @throws FeedalignError `invalid-option` for a label that is no class, by its row in the batch
 * @example
 * ```ts
 * const { inputs, targets } = toTensors(batch);
 * ```
 */
export const toTensors = (batch: Batch, used?: BatchTensors): BatchTensors => ({
  inputs: gathered(batch.source, used?.inputs),
  targets: targetsOf(batch, used?.targets),
});

function targetsOf(batch: Batch, used: Tensor2D | undefined): Tensor2D {
  const { labels, classes, count } = batch;
  if (classes <= mostRows) return gathered(oneHotRows(batch), used);
  used?.dispose();
  return tensor2d(oneHot(labels, classes), [count, classes], 'float32');
}

function gathered<T extends Tensor>(rows: RowsAttributes, used: T | undefined): T {
  if (used && gatherBatchInto(used, rows)) return used;
  used?.dispose();
  return gatherBatch({}, rows) as T;
}

/** Classes whose identity matrix is kept: 4 MB of bytes. */
const mostRows = 2048;
const identities = new Map<number, Uint8Array>();
const [scale, offset] = [[1], [0]];

/** Rows of the identity matrix. */
function oneHotRows({ labels, classes }: Batch): RowsAttributes {
  labels.forEach((label, row) => void requireLabel(label, row, classes));
  let source = identities.get(classes);
  if (!source) {
    source = new Uint8Array(classes * classes);
    for (let i = 0; i < classes; i++) source[i * classes + i] = 1;
    identities.set(classes, source);
  }
  const rows = labels instanceof Uint16Array ? Uint32Array.from(labels) : labels;
  return { source, rows, rowShape: [classes], scale, offset };
}
