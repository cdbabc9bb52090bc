import { gatherBatch } from '@feedalign/backend';
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
  return {
    operation,
    expected: () => ({
      output: {
        numbers: Array.from(rows).flatMap((row) => Array.from({ length: size }, (_, i) => numberAt(row, i))),
      },
    }),
    by: { feedalign: () => [['output', gatherBatch({}, { source, rows, rowShape, scale, offset })]] },
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
