import { FeedalignError } from '@feedalign/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';
import { checked } from '../signature.js';

/** Rows of plain numbers, and what they become: number · scale + offset, by channel, the last axis of a row. */
export interface RowsAttributes {
  /** All rows, one after the other. */
  readonly source: Uint8Array | Float32Array;
  /** Which of them, in order. */
  readonly rows: Uint32Array | Uint8Array;
  /** The shape of one. */
  readonly rowShape: readonly number[];
  /** Factors, one for all or one a channel. */
  readonly scale: readonly number[];
  /** Summands, as many as `scale`. */
  readonly offset: readonly number[];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** The rows in an array of their own. */
export function scaledRows({ source, rows, rowShape, scale, offset }: RowsAttributes): Float32Array {
  const size = sizeOf(rowShape);
  const values = new Float32Array(rows.length * size);
  // Copied first and scaled in place: twice as fast as both at once, since `set` converts without a loop of ours.
  rows.forEach((row, i) => {
    values.set(source.subarray(row * size, (row + 1) * size), i * size);
  });
  scale.forEach((factor, channel) => {
    const summand = offset[channel];
    if (factor === 1 && summand === 0) return;
    for (let i = channel; i < values.length; i += scale.length) values[i] = values[i] * factor + summand;
  });
  return values;
}

/** @throws FeedalignError `shape-mismatch` for a row that the source has not, or a scale that does not fit a row */
function checkRows({ source, rows, rowShape, scale, offset }: RowsAttributes): void {
  const size = sizeOf(rowShape);
  const count = size === 0 ? Number.POSITIVE_INFINITY : Math.floor(source.length / size);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] < count) continue;
    throw new FeedalignError(
      'shape-mismatch',
      `GatherBatch was asked for row ${rows[i]} of ${count} rows of [${rowShape.join(', ')}].`,
      'Rows are counted from 0.',
    );
  }
  if (scale.length > 0 && size % scale.length === 0 && offset.length === scale.length) return;
  throw new FeedalignError(
    'shape-mismatch',
    `GatherBatch was given ${scale.length} factors and ${offset.length} summands for rows of [${rowShape.join(', ')}].`,
    'Give one of each, or one for each channel.',
  );
}

/** Rows of plain numbers as a tensor [rows, ...rowShape], float32. */
export const gatherBatch = primitive(
  'GatherBatch',
  {
    takes: {},
    shapes: (_inputs: object, attributes: RowsAttributes) => {
      checkRows(attributes);
      return {};
    },
  },
  (_inputs: object, attributes: RowsAttributes): Tensor =>
    tensor(scaledRows(attributes), [attributes.rows.length, ...attributes.rowShape], 'float32'),
);

const intoDoor = {
  name: 'GatherBatch',
  signature: {
    takes: { place: '…s' },
    changes: ['place' as const],
    shapes: (_inputs: { place: Tensor }, attributes: RowsAttributes) => {
      checkRows(attributes);
      return { place: [attributes.rows.length, ...attributes.rowShape] };
    },
  },
};

/**
 * Puts such rows into a tensor that there is, [rows, ...rowShape], float32; false where the backend in use cannot, and
 * nothing was done.
 */
export function gatherBatchInto(place: Tensor, attributes: RowsAttributes): boolean {
  if (!gatherBatch.into.isThere()) return false;
  checked(intoDoor, { place }, attributes);
  gatherBatch.into.run({ place }, attributes);
  return true;
}
