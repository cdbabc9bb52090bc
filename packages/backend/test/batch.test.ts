import fc from 'fast-check';
import { describe, it } from 'vitest';
import { gatherBatch } from '../src/index.js';
import { expectClose, onEach, plain, property, seeds, small, withoutLeaks } from './support.js';

const cases = fc.record({
  count: small(9),
  picked: fc.array(small(8, 0), { maxLength: 12 }),
  rowShape: fc.array(small(6), { minLength: 1, maxLength: 3 }),
  perChannel: fc.boolean(),
  plainScale: fc.boolean(),
  isBytes: fc.boolean(),
  seed: seeds,
});

onEach(() => {
  describe('gatherBatch', () => {
    it('is the rows that are asked for, scaled by channel', () => {
      fc.assert(
        fc.property(cases, ({ count, picked, rowShape, perChannel, plainScale, isBytes, seed }) => {
          const size = rowShape.reduce((product, dimension) => product * dimension, 1);
          const bytes = Uint8Array.from({ length: count * size }, (_, i) => (i * 37 + seed) % 251);
          const source = isBytes ? bytes : Float32Array.from(bytes);
          const rows = Uint32Array.from(picked, (row) => row % count);
          const channels = perChannel ? (rowShape.at(-1) as number) : 1;
          const scale = Array.from({ length: channels }, (_, c) => (plainScale ? 1 : 0.5 + c));
          const offset = scale.map((_, c) => (plainScale ? 0 : c - 2));
          const expected = plain([rows.length, ...rowShape]);
          rows.forEach((row, i) => {
            for (let j = 0; j < size; j++) {
              expected.values[i * size + j] =
                source[row * size + j] * scale[j % channels] + offset[j % channels];
            }
          });
          withoutLeaks(() =>
            expectClose(gatherBatch({}, { source, rows, rowShape, scale, offset }), expected),
          );
        }),
        property,
      );
    });
  });
});
