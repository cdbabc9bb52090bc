import { datasets } from '@feedalign/datasets';
import { rules } from '@feedalign/rules';
import Table from 'cli-table3';

/** Rows of a table, as a table for people or a JSON object a line. */
function list(type: string, rows: readonly Readonly<Record<string, string>>[], { json = false }): void {
  if (json) {
    for (const row of rows) process.stdout.write(`${JSON.stringify({ type, ...row })}\n`);
    process.stdout.write(`${JSON.stringify({ type: 'result', count: rows.length })}\n`);
    return;
  }
  const table = new Table({ head: Object.keys(rows[0]), style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(Object.values(row));
  process.stdout.write(`${table.toString()}\n`);
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
    flags,
  );

/** `feedalign datasets` */
export const datasetsCommand = (flags: { json?: boolean }): void =>
  list(
    'dataset',
    Object.entries(datasets).map(([name, { title, inputShape, classes, trainCount, testCount }]) => ({
      name,
      title,
      shape: inputShape.join('×'),
      classes: String(classes),
      'train + test': `${trainCount} + ${testCount}`,
    })),
    flags,
  );
