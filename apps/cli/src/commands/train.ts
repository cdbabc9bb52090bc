import { join } from 'node:path';
import { DivergedError } from '@feedalign/train';
import { hintsFor } from '../defaults.js';
import { type Bench, experiment, prepare, type Trained } from '../experiment.js';
import { interruptible } from '../interrupt.js';
import { openFolder } from '../out-folder.js';
import { throwFirst } from '../output.js';
import { filesOf, modelFile, type OutFile, writeAll } from '../report.js';
import { jsonReporter, terminalReporter } from '../reporter.js';
import { figureOf } from '../run-figure.js';
import type { Settings } from '../settings.js';

/** `feedalign train` and `feedalign compare`: a run for each seed and rule, one after the other, on the same data. */
export async function trainCommand(
  settings: Settings,
  rules: readonly string[],
  { json = false, force = false }: { json?: boolean; force?: boolean },
): Promise<void> {
  const { out, seed, seeds } = settings;
  const reporter = json ? jsonReporter(settings) : terminalReporter(settings);
  if (out !== undefined) await openFolder(out, { writes: ['results.json'], force });
  const trained: Trained[] = [];
  const failures: unknown[] = [];
  try {
    await interruptible(async (signal) => {
      for (let each = seed; each < seed + seeds; each++) {
        const ofSeed = { ...settings, seed: each };
        const bench = await prepare(ofSeed, signal);
        if (each === seed) reporter.note(aboutData(bench, settings));
        for (const rule of rules) {
          const run = await oneRun(ofSeed, rule, bench, signal);
          if (run) trained.push(run);
          signal.throwIfAborted();
        }
      }
    });
  } catch (error) {
    reporter.close();
    failures.push(error);
  }
  // What was finished before an interruption is not lost; and what cannot be written is shown.
  if (trained.length > 0) {
    const files = out === undefined ? [] : filesOfRuns(out, settings, trained);
    const paths = files.map(({ path }) => path);
    reporter.results(
      trained.map(({ history }) => history),
      paths,
      hintsFor(settings, rules),
    );
    failures.push(...(await writeAll(files, reporter.file)));
  }
  throwFirst(failures);

  /** A run that diverges leaves the other rules their turn. */
  async function oneRun(ofSeed: Settings, rule: string, bench: Bench, signal: AbortSignal) {
    const run = experiment(ofSeed, rule, bench, signal, reporter.note);
    try {
      for (;;) {
        const next = await run.next();
        if (next.done) return next.value;
        reporter.event(rule, next.value, ofSeed.seed);
      }
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      reporter.close();
      failures.push(error);
      return undefined;
    }
  }
}

const aboutData = ({ engine, dataset, parts }: Bench, { model }: Settings) =>
  `${dataset.name}: ${parts.train.count} examples to train on, ${parts.validation.count} for validation, ${parts.test.count} for the test; ${model} on ${engine.backend}, threads: ${engine.threads}`;

/** `DIR/<rule>/model.json`; of several seeds `DIR/<rule>/seed-<n>/model.json`. */
function filesOfRuns(out: string, settings: Settings, trained: readonly Trained[]): OutFile[] {
  const histories = trained.map(({ history }) => history);
  const runs = histories.map((history) => ({ ...history, savedModel: pathOf(history) }));
  return [
    ...filesOf(out, { settings, runs }, figureOf(settings, histories)),
    ...trained.flatMap(({ history, model }) => (model ? [modelFile(pathOf(history), model)] : [])),
  ];

  function pathOf({ result }: Trained['history']): string {
    const ofSeed = settings.seeds > 1 ? [`seed-${result.seed}`] : [];
    return join(out, result.rule, ...ofSeed, 'model.json');
  }
}
