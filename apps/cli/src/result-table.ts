import Table from 'cli-table3';
import { fittingTable } from './fitting-table.js';
import type { History, Result } from './history.js';
import { percentWith } from './numbers.js';
import { groupedBy, isFinished, spreadOf } from './summary.js';

/** Two places, and no minus before zero. */
export const cosine = (value: number): string => value.toFixed(2).replace(/^-(0\.00)$/, '$1');
export const angle = (degrees: number | null | undefined): string =>
  degrees == null ? '' : `${degrees.toFixed(0)}°`;

type Results = readonly Result[];
type StartAndEnd = NonNullable<Result['alignment']>;

const meanOf = (results: Results, value: (result: Result) => number) => spreadOf(results.map(value)).mean;

/** In five places at most, as long as it is a loss that one can do something with. */
const lossText = (loss: number) =>
  loss < 10 ? loss.toFixed(3) : loss < 1e5 ? loss.toFixed(0) : loss.toExponential(0);

/** From the first step to the last, means of the seeds; nothing where nothing was measured. */
function fromTo(
  results: Results,
  value: (at: StartAndEnd['start']) => number | null | undefined,
  text: (mean: number) => string,
): string {
  const meanAt = (at: keyof StartAndEnd) => {
    const values = results.map(({ alignment }) => alignment && value(alignment[at]));
    const measured = values.filter((each): each is number => each != null);
    return measured.length > 0 ? text(spreadOf(measured).mean) : '';
  };
  const [start, end] = [meanAt('start'), meanAt('end')];
  return end === '' ? '' : `${start} → ${end}`;
}

const columns: readonly (readonly [title: string, cell: (results: Results) => string])[] = [
  ['rule', ([{ rule }]) => rule],
  ['accuracy', (results) => percentWith(spreadOf(results.map(({ testAccuracy }) => testAccuracy)))],
  ['loss', (results) => lossText(meanOf(results, ({ testLoss }) => testLoss))],
  ['seconds', (results) => meanOf(results, ({ seconds }) => seconds).toFixed(1)],
  ['images/s', (results) => meanOf(results, ({ imagesPerSecond }) => imagesPerSecond).toFixed(0)],
  ['W to B', (results) => fromTo(results, ({ weightAngle }) => weightAngle, angle)],
  ['cos δ', (results) => fromTo(results, ({ gradientAlignment }) => gradientAlignment, cosine)],
];

/** The results side by side, a rule a row; a column that no run fills is left out. */
function tableOf(histories: readonly History<Result>[]): string {
  const rows = groupedBy(
    histories.map(({ result }) => result),
    ({ rule }) => rule,
  ).map(([, results]) => results);
  const filled = columns.filter(([, cell]) => rows.some((results) => cell(results) !== ''));
  const head = filled.map(([title]) => title);
  const cells = rows.map((results) => filled.map(([, cell]) => cell(results)));
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: filled.map((_, i) => (i === 0 ? 'left' : 'right')),
  });
  table.push(...cells);
  const seeds = [...new Set(histories.map(({ result }) => result.seed))];
  const many = seeds.length > 1 ? `, mean ± standard deviation of the seeds ${seeds.join(', ')}` : '';
  const aligned = filled.some(([title]) => title === 'cos δ');
  const fromStart = aligned ? '; W to B and cos δ from the first step to the last' : '';
  return `On the test data${many}${fromStart}:\n${fittingTable(table, { head, rows: cells })}`;
}

/** What is known of a run that was interrupted. */
function unfinishedLine({ result }: History, epochs: number): string {
  const { rule, seed, validationAccuracy } = result;
  const accuracy =
    validationAccuracy === undefined
      ? ''
      : `, ${percentWith({ mean: validationAccuracy })} on the validation data`;
  return `Unfinished: ${rule}, seed ${seed}, after ${result.epochs} of ${epochs} epochs${accuracy}.`;
}

/** What people read of some runs. */
export function resultsText(histories: readonly History[], epochs: number, hints: readonly string[]): string {
  const finished = histories.filter(isFinished);
  return [
    ...(finished.length > 0 ? [tableOf(finished)] : []),
    ...histories.filter((each) => !isFinished(each)).map((each) => unfinishedLine(each, epochs)),
    ...hints,
    '',
  ].join('\n');
}
