import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import { type BenchmarkEvent, benchmark, type Score } from '../benchmark.js';
import { benchmarkFigure } from '../benchmark-figure.js';
import { fittingTable } from '../fitting-table.js';
import { interruptible } from '../interrupt.js';
import { percentWith, written } from '../numbers.js';
import { openFolder } from '../out-folder.js';
import { print, printJson, throwFirst } from '../output.js';
import { liveLine, liveWidth } from '../progress-line.js';
import { rateEdges } from '../rate-edges.js';
import { filesOf, writeAll } from '../report.js';
import type { Settings } from '../settings.js';

/** `feedalign benchmark`: every rule on every dataset at the same budget, several seeds each. */
export async function benchmarkCommand(
  settings: Settings,
  { json = false, force = false }: { json?: boolean; force?: boolean },
): Promise<void> {
  const { out } = settings;
  if (out !== undefined) await openFolder(out, { writes: ['results.json'], force });
  const bar = progress(json);
  const scores: Score[] = [];
  const failures: unknown[] = [];
  try {
    await interruptible(async (signal) => {
      for await (const event of benchmark(settings, signal)) {
        if (event.type === 'score') scores.push(event);
        else bar.update(event);
        if (json) printJson(event);
      }
    });
  } catch (error) {
    failures.push(error);
  }
  bar.stop();
  // What was finished before an interruption is not lost.
  if (scores.length > 0) {
    if (json) printJson({ type: 'result', scores });
    else print([tableOf(settings, scores), ...rateEdges(scores, settings.rates), ''].join('\n'));
    if (out !== undefined) {
      const files = filesOf(out, { settings, scores }, benchmarkFigure(settings, scores));
      const tell = (path: string) => json || print(`${path}\n`);
      failures.push(...(await writeAll(files, tell)));
    }
  }
  throwFirst(failures);
}

/** A bar on stderr, where that is a terminal that nobody reads JSON from. */
function progress(json: boolean) {
  if (json || !process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({
    format: benchmarkLine,
    etaBuffer: 30,
    hideCursor: true,
    gracefulExit: false,
  });
  let isStarted = false;
  return {
    update: ({ done, total, dataset, rule }: BenchmarkEvent) => {
      if (isStarted) bar.update(done, { dataset, rule });
      else bar.start(total, done, { dataset, rule });
      isStarted = true;
    },
    stop: () => bar.stop(),
  };
}

/** `dfa     ████░░ 12/45  mnist  80s left` */
const benchmarkLine: cliProgress.GenericFormatter = (_, { value, total, eta }, { dataset, rule }) =>
  liveLine(
    `${rule}`.padEnd(7),
    value / total,
    [`${value}/${total}`, `${dataset}`, ...(Number.isFinite(eta) ? [`${eta}s left`] : [])],
    liveWidth(),
  );

/** `97.1 ± 0.2% at 0.1`: the mean and the standard deviation, and the learning rate. */
function cell(score: Score | undefined): string {
  if (score === undefined) return '';
  const { mean, deviation, learningRate } = score;
  if (mean === undefined || learningRate === undefined) return 'diverged';
  return `${percentWith({ mean, deviation })} at ${written(learningRate)}`;
}

function tableOf({ datasets, rules, model, epochs, seeds }: Settings, scores: readonly Score[]): string {
  const head = ['rule', ...datasets];
  const rows = rules
    .filter((each) => scores.some((score) => score.rule === each))
    .map((rule) => [
      rule,
      ...datasets.map((dataset) =>
        cell(scores.find((score) => score.rule === rule && score.dataset === dataset)),
      ),
    ]);
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...datasets.map(() => 'right' as const)],
  });
  table.push(...rows);
  return `Test accuracy at the learning rate that was best on the validation data; ${model}, epochs: ${epochs}, seeds: ${seeds}\n${fittingTable(table, { head, rows })}`;
}
