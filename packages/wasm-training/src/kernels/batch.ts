import type { RowsAttributes } from '@feedalign/backend';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';
import { type Kernels, sizeOf } from '../kernel.js';
import { work } from '../work.js';

/** For each channel the factors, and then the summands, of four numbers that begin with it. */
function patternsOf(scale: readonly number[], offset: readonly number[]): Int32Array {
  const places = [0, 1, 2, 3];
  const patterns = scale.flatMap((_, channel) =>
    [scale, offset].flatMap((values) => places.map((place) => values[(channel + place) % scale.length])),
  );
  return new Int32Array(Float32Array.from(patterns).buffer);
}

const patternsFor = memoizedBy(patternsOf);

/** What `of` makes of two arrays, kept for as long as the first one lives. */
function memoizedBy<T>(of: (scale: readonly number[], offset: readonly number[]) => T) {
  const known = new WeakMap<readonly number[], readonly [offset: readonly number[], made: T]>();
  return (scale: readonly number[], offset: readonly number[]): T => {
    const found = known.get(scale);
    if (found?.[0] === offset) return found[1];
    const made = of(scale, offset);
    known.set(scale, [offset, made]);
    return made;
  };
}

/** Rows of plain numbers, copied into the memory as they are and scaled there. */
function gather(engine: Engine, { source, rows, rowShape, scale, offset }: RowsAttributes, result: number) {
  const size = sizeOf({ shape: rowShape });
  const isBytes = source.BYTES_PER_ELEMENT === 1;
  const count = rows.length * size;
  const from = isBytes ? engine.scratch('packed', count) : result;
  engine.copyRows(source, rows, size, from);
  const patterns = engine.table(patternsFor(scale, offset));
  const parts = engine.parts(count * work.scaling);
  engine.run('scaleChannels', parts, from, isBytes ? 1 : 0, result, count, scale.length, patterns);
}

export const batches: Kernels = (engine) => ({
  FeedalignGatherBatch: (_inputs: object, attributes: RowsAttributes) => {
    const out = engine.output([attributes.rows.length, ...attributes.rowShape]);
    gather(engine, attributes, engine.at(out));
    return out;
  },

  FeedalignGatherBatchInto: ({ place }: { place: TensorInfo }, attributes: RowsAttributes) => {
    engine.changes(place);
    gather(engine, attributes, engine.at(place));
    return [];
  },
});
