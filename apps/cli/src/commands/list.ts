import { datasets } from '@feedalign/datasets';
import { rules } from '@feedalign/rules';
import Table from 'cli-table3';
import { print, printJson } from '../output.js';

type Row = Readonly<Record<string, string | number>>;

/** Rows as a JSON object a line, or, of some of their columns, as a table for people. */
function list(type: string, rows: readonly Row[], columns: readonly string[], { json = false }): void {
  if (json) {
    for (const row of rows) printJson({ type, ...row });
    printJson({ type: 'result', count: rows.length });
    return;
  }
  const table = new Table({ head: [...columns], style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(columns.map((column) => row[column]));
  print(`${table.toString()}\n`);
}

/** `feedalign rules` */
export const rulesCommand = (flags: { json?: boolean }): void =>
  list(
    'rule',
    Object.entries(rules).map(([name, { title, equation, source }]) => ({
      name,
      title,
      signal: equation,
      source,
    })),
    ['name', 'title', 'signal'],
    flags,
  );

/** `feedalign datasets` */
export const datasetsCommand = (flags: { json?: boolean }): void =>
  list(
    'dataset',
    Object.entries(datasets).map(
      ([name, { title, inputShape, classes, trainCount, testCount, origin, licence }]) => ({
        name,
        title,
        shape: inputShape.join('×'),
        classes,
        train: trainCount,
        test: testCount,
        origin,
        licence,
      }),
    ),
    ['name', 'title', 'shape', 'classes', 'train', 'test'],
    flags,
  );
