import { gatherBatch, gatherBatchInto } from '@feedalign/backend';
import type { Check } from '../check.js';
import { drawn } from '../values.js';

/** Rows of a data set as the numbers that a network sees; no gradient, but what every step begins with. */
function batch(operation: string, source: Uint8Array | Float32Array): Check {
  const rowShape = [2, 3, 2];
  const size = 12;
  const rows = Uint32Array.of(3, 0, 3, 1);
  const [scale, offset] = [
    [0.5, -2],
    [1, 0.25],
  ];
  const numberAt = (row: number, i: number) => source[row * size + i] * scale[i % 2] + offset[i % 2];
  const expected = {
    numbers: Array.from(rows).flatMap((row) => Array.from({ length: size }, (_, i) => numberAt(row, i))),
  };
  const given = { source, rows, rowShape, scale, offset };
  return {
    operation,
    expected: () => ({ output: expected, 'output in place': expected }),
    by: {
      feedalign: () => {
        const place = gatherBatch({}, { ...given, rows: Uint32Array.of(0, 1, 2, 3) });
        return [
          ['output', gatherBatch({}, given)],
          ['output in place', gatherBatchInto(place, given) ? place : gatherBatch({}, given)],
        ];
      },
    },
  };
}

const numbers = Float32Array.from(drawn('source', [4 * 12]).numbers);

export const batchChecks: readonly Check[] = [
  batch(
    'batch of bytes, scaled',
    Uint8Array.from(numbers, (each) => Math.abs(50 * each)),
  ),
  batch('batch of floats, scaled', numbers),
];
