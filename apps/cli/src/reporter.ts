import type { TrainEvent } from '@feedalign/train';
import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import type { History } from './experiment.js';

/** Where a command's news goes: to a program as JSON lines, or to a person. */
export interface Reporter {
  event(rule: string, event: TrainEvent): void;
  /** A line that is no result. */
  note(text: string): void;
  results(histories: readonly History[], files: readonly string[]): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

/** One JSON object a line on stdout, the results last. */
export function jsonReporter(): Reporter {
  const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
  return {
    event: (rule, { type, ...event }) => print({ type, rule, ...event }),
    note: () => {},
    results: (histories, files) => {
      if (files.length > 0) print({ type: 'files', files });
      for (const { result } of histories) print(result);
    },
    close: () => {},
  };
}

/** A progress bar a rule on stderr, none where that is no terminal; the table of results on stdout. */
export function terminalReporter(): Reporter {
  let bar: cliProgress.SingleBar | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  const onEvent: {
    [T in TrainEvent['type']]: (rule: string, event: Extract<TrainEvent, { type: T }>) => void;
  } = {
    start: (rule, { epochs, stepsPerEpoch, batchSize }) => {
      bar = new cliProgress.SingleBar({
        format: progressLine,
        hideCursor: true,
        etaBuffer: 30,
        gracefulExit: false,
      });
      bar.start(epochs * stepsPerEpoch, 0, { rule, epochs, stepsPerEpoch, batchSize });
    },
    step: (_rule, { step, accuracy, examplesPerSecond, alignment }) =>
      bar?.update(step, { accuracy, examplesPerSecond, ...(alignment && { alignment }) }),
    epoch: () => {},
    end: (_rule, { steps }) => {
      bar?.update(steps);
      stop();
    },
  };
  return {
    event: (rule, event) => onEvent[event.type](rule, event as never),
    note: (text) => {
      if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
    },
    results: (histories, files) => {
      process.stdout.write(`${resultTable(histories)}\n`);
      for (const file of files) process.stdout.write(`${file}\n`);
    },
    close: stop,
  };
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
/** Two places, and no minus before zero. */
const cosine = (value: number) => value.toFixed(2).replace(/^-(0\.00)$/, '$1');
const angle = (degrees: number | null | undefined) => (degrees == null ? '' : `${degrees.toFixed(0)}°`);

/** One line of at most the terminal's width: `dfa  ████░░ 2/5  91.2%  24100 img/s  12s left  W∠B 67° 54°`. */
function progressLine(
  _options: cliProgress.Options,
  { value, total, progress }: cliProgress.Params,
  payload: ProgressPayload,
): string {
  const { rule, epochs, stepsPerEpoch, batchSize, accuracy, examplesPerSecond, alignment } = payload;
  const epoch = Math.min(epochs, Math.floor(value / stepsPerEpoch) + 1);
  const secondsLeft = examplesPerSecond
    ? Math.ceil(((total - value) * batchSize) / examplesPerSecond)
    : undefined;
  const angles = alignment?.units.map((unit) => angle(unit.weightAngle)).filter((text) => text !== '');
  const words = [
    `${epoch}/${epochs}`,
    accuracy !== undefined && percent(accuracy),
    examplesPerSecond !== undefined && `${Math.round(examplesPerSecond)} img/s`,
    secondsLeft !== undefined && `${secondsLeft}s left`,
    angles && angles.length > 0 && `W∠B ${angles.join(' ')}`,
    alignment?.gradientAlignment != null && `cos δ ${cosine(alignment.gradientAlignment)}`,
  ].filter((word) => word !== false && word !== undefined);
  const text = `${rule.padEnd(7)} ${words.join('  ')}`;
  const width = (process.stderr.columns || 80) - 1;
  const room = Math.min(24, width - text.length - 1);
  const filled = Math.round(progress * room);
  const drawn = room < 4 ? '' : `${'█'.repeat(filled)}${'░'.repeat(room - filled)} `;
  return `${rule.padEnd(7)} ${drawn}${words.join('  ')}`.slice(0, width);
}

interface ProgressPayload {
  readonly rule: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly accuracy?: number;
  readonly examplesPerSecond?: number;
  readonly alignment?: History['alignment'][number]['alignment'];
}

/** The results side by side; a column that no run fills is left out. */
function resultTable(histories: readonly History[]): string {
  const columns: readonly [title: string, cell: (history: History) => string][] = [
    ['rule', ({ result }) => result.rule],
    ['accuracy', ({ result }) => percent(result.testAccuracy)],
    ['loss', ({ result }) => result.testLoss.toFixed(3)],
    ['seconds', ({ result }) => result.seconds.toFixed(1)],
    ['images/s', ({ result }) => result.imagesPerSecond.toFixed(0)],
    ['W to B', ({ result: { alignment } }) => fromTo(alignment, ({ weightAngle }) => angle(weightAngle))],
    [
      'cos δ',
      ({ result: { alignment } }) =>
        fromTo(alignment, ({ gradientAlignment }) =>
          gradientAlignment == null ? '' : cosine(gradientAlignment),
        ),
    ],
  ];
  const filled = columns.filter(([, cell]) => histories.some((history) => cell(history) !== ''));
  const table = new Table({
    head: filled.map(([title]) => title),
    style: { head: [], border: [], compact: true },
    colAligns: filled.map((_, i) => (i === 0 ? 'left' : 'right')),
  });
  for (const history of histories) table.push(filled.map(([, cell]) => cell(history)));
  return `On the test data; W to B and cos δ from the first step to the last:\n${table}`;
}

type StartAndEnd = History['result']['alignment'];
function fromTo(alignment: StartAndEnd, text: (at: NonNullable<StartAndEnd>['start']) => string): string {
  const [start, end] = alignment ? [text(alignment.start), text(alignment.end)] : ['', ''];
  return end === '' ? '' : `${start} → ${end}`;
}
