import type { TrainEvent } from '@feedalign/train';
import cliProgress from 'cli-progress';
import type { History } from './history.js';
import { print, printJson } from './output.js';
import { liveWidth, type RunProgress, runLine } from './progress-line.js';
import { resultsText } from './result-table.js';
import type { Settings } from './settings.js';
import { groupedBy, isFinished, summaryOf } from './summary.js';

/** Where a command's news goes: to a program as JSON lines, or to a person. */
export interface Reporter {
  event(rule: string, event: TrainEvent, seed: number): void;
  /** A line that is no result. */
  note(text: string): void;
  /**
   * @param files those that are written next
   * @param hints what a rule would need to do better
   */
  results(histories: readonly History[], files: readonly string[], hints: readonly string[]): void;
  /** The file is there. */
  file(path: string): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

/** One JSON object a line on stdout, the results last. */
export function jsonReporter({ seeds }: Settings): Reporter {
  return {
    event: (rule, { type, ...event }, seed) =>
      printJson({ type, rule, ...(seeds > 1 && { seed }), ...event }),
    note: () => {},
    results: (histories, files, hints) => {
      for (const text of hints) printJson({ type: 'hint', text });
      if (files.length > 0) printJson({ type: 'files', files });
      for (const { result } of histories.filter((each) => !isFinished(each))) printJson(result);
      const finished = histories.filter(isFinished);
      for (const { result } of finished) printJson(seeds > 1 ? { ...result, type: 'run' } : result);
      if (seeds === 1) return;
      for (const [rule, each] of groupedBy(finished, ({ result }) => result.rule))
        printJson(summaryOf(rule, each));
    },
    file: () => {},
    close: () => {},
  };
}

/** A progress bar a rule on stderr, none where that is no terminal; the table of results on stdout. */
export function terminalReporter({ epochs }: Settings): Reporter {
  let bar: cliProgress.SingleBar | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  const onEvent: {
    [T in TrainEvent['type']]: (rule: string, event: Extract<TrainEvent, { type: T }>) => void;
  } = {
    start: (rule, { stepsPerEpoch, batchSize }) => {
      bar = new cliProgress.SingleBar({
        format: (_, { value }, run: RunProgress) => runLine(value, run, liveWidth()),
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
    results: (histories, _files, hints) => print(resultsText(histories, epochs, hints)),
    file: (path) => print(`${path}\n`),
    close: stop,
  };
}
