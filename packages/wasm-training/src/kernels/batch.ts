import type { RowsAttributes } from '@feedalign/backend';
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

/** Rows of plain numbers, copied into the memory as they are and scaled there. */
export const batches: Kernels = (engine) => ({
  FeedalignGatherBatch: (_inputs: object, { source, rows, rowShape, scale, offset }: RowsAttributes) => {
    const size = sizeOf({ shape: rowShape });
    const out = engine.output([rows.length, ...rowShape]);
    const isBytes = source.BYTES_PER_ELEMENT === 1;
    const count = rows.length * size;
    const result = engine.at(out);
    const from = isBytes ? engine.scratch('packed', count) : result;
    rows.forEach((row, i) => {
      engine.copy(source.subarray(row * size, (row + 1) * size), from + i * size * source.BYTES_PER_ELEMENT);
    });
    const patterns = engine.table(patternsOf(scale, offset));
    const parts = engine.parts(count * work.scaling);
    engine.run('scaleChannels', parts, from, isBytes ? 1 : 0, result, count, scale.length, patterns);
    return out;
  },
});
