import Table from 'cli-table3';
import type { Unit } from './benchmark.js';
import type { Result } from './result.js';

const fixed = (digits: number) => (value: number) => value.toFixed(digits);
/** Three digits that count, and no fewer before the point. */
const three = (value: number) => {
  const before = Math.max(1, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);
  return value.toFixed(Math.max(0, 3 - before));
};

const formats: Readonly<Record<Unit, (value: number) => string>> = {
  '×': three,
  '%': fixed(1),
  'of peak': fixed(2),
  ms: three,
  µs: three,
  'GFLOP/s': three,
  'M/s': three,
  bytes: fixed(0),
  MiB: fixed(2),
};

/** The rows of one benchmark, at most 80 columns wide. */
export function tableOf(results: readonly Result[]): string {
  const table = new Table({
    head: ['', 'median', 'quartiles', 'must', ''],
    style: { head: [], border: [], compact: true },
    colWidths: [29, 15, 14, 9, 7],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
  });
  for (const { row, value, unit, quartiles, must, bound, pass } of results) {
    const format = formats[unit];
    table.push([
      row,
      unit === '×' ? `${format(value)}×` : `${format(value)} ${unit}`,
      quartiles.map(format).join('–'),
      must === null ? '' : `${bound === 'atLeast' ? '≥' : '≤'} ${must}`,
      must === null ? '' : pass ? 'ok' : 'short',
    ]);
  }
  return table.toString();
}
