import { join } from 'node:path';
import { type BackendName, useBackend } from '@feedalign/backend';
import {
  type AnyExperiment,
  experiments,
  findExperiments,
  type ReproduceEvent,
  reproduce,
  type Scale,
} from '@feedalign/experiments';
import { writeWhole } from '@feedalign/models/node';
import { setThreads } from '@feedalign/wasm-training';
import Table from 'cli-table3';
import { Help } from 'commander';
import { commandName } from '../command-name.js';
import { fittingTable } from '../fitting-table.js';
import { interruptible } from '../interrupt.js';
import { openFolder } from '../out-folder.js';
import { print, printJson } from '../output.js';
import { type ReportedExperiment, reportPage } from '../report-page.js';
import type { Settings } from '../settings.js';
import { type Finished, machineOf, reported, saveResults } from './reproduce-files.js';

export interface ReproduceFlags {
  readonly json?: boolean;
  readonly force?: boolean;
  readonly list?: boolean;
  readonly full?: boolean;
  /** Ids with commas between, beside those that are arguments. */
  readonly only?: string;
  readonly seeds?: unknown;
  /** A folder for the report. */
  readonly report?: string;
}

/** All that decides what comes out, and where it goes. */
interface Words {
  readonly scale: Scale;
  readonly seeds?: number;
  readonly backend: string;
  readonly threads?: number;
  readonly folder?: string;
  readonly out?: string;
  readonly report?: string;
}

/** `feedalign reproduce`: experiments of the papers, each with its measured figures, the reference and the verdict. */
export async function reproduceCommand(
  ids: readonly string[],
  settings: Pick<Settings, 'backend' | 'threads' | 'seeds' | 'folder' | 'out'>,
  flags: ReproduceFlags,
  version: string,
): Promise<void> {
  const named = [...ids, ...(flags.only?.split(',') ?? [])];
  if (flags.list) return list(named.length > 0 ? findExperiments(named) : experiments, flags);
  const chosen = findExperiments(named);
  const { out, backend, threads, folder } = settings;
  const { report, force } = flags;
  const scale: Scale = flags.full ? 'full' : 'quick';
  const seeds = flags.seeds === undefined ? undefined : settings.seeds;
  const alone: Words = { scale, seeds, backend, threads, folder };
  const command = commandLine(chosen, { ...alone, out, report });
  if (out !== undefined) await openFolder(out, { writes: ['results.json'], force });
  if (report !== undefined) await openFolder(report, { flag: '--report', writes: ['index.html'], force });
  const page = report === undefined ? undefined : join(report, 'index.html');
  const date = new Date();
  const asked = chosen.map(({ id }) => id);
  const finished: Finished[] = [];
  const pageOf: ReportedExperiment[] = [];
  try {
    await interruptible(async (signal) => {
      if (threads !== undefined) setThreads(threads);
      await useBackend(backend as BackendName | 'auto');
      let measurements: unknown[] = [];
      for await (const event of reproduce(asked, { scale, seeds, folder, signal })) {
        if (event.type === 'begin') measurements = [];
        if (event.type === 'measurement') measurements.push(event.measurement);
        if (event.type === 'verdict') {
          const last = {
            verdict: event,
            measurements,
            command: commandLine(findExperiments([event.id]), alone),
          };
          finished.push(last);
          if (out !== undefined) await saveResults(out, command, finished);
          if (page !== undefined) {
            pageOf.push(reported(last));
            const machine = machineOf();
            await writeWhole(
              page,
              reportPage({ command, version, date, machine, asked, experiments: pageOf }),
            );
          }
        }
        tell(event, flags);
      }
    });
  } finally {
    // What was finished before an interruption is not lost.
    if (!flags.json && finished.length > 0) {
      const texts = [...noticesOf(finished), tableOf(finished), out, page];
      for (const text of texts) if (text !== undefined) print(`${text}\n`);
    }
  }
  const failed = finished.filter(({ verdict }) => !verdict.pass).map(({ verdict }) => verdict.id);
  if (flags.json) printJson({ type: 'result', experiments: finished.length, failed, command });
  if (failed.length > 0) {
    throw new Error(
      `${failed.join(', ')} did not come out, of ${finished.length}. The command was: ${command}`,
    );
  }
}

/** What was measured in full is for `results.json`. */
function tell(event: ReproduceEvent, { json }: ReproduceFlags): void {
  if (json) printJson({ ...event, measurement: undefined });
  else if (process.stderr.isTTY) process.stderr.write(`${event.id} ${event.type}\n`);
}

/** What one types to have it again. */
function commandLine(
  chosen: readonly AnyExperiment[],
  { scale, seeds, backend, threads, folder, out, report }: Words,
): string {
  const ids = chosen.length === experiments.length ? ['all'] : chosen.map(({ id }) => id);
  const words: readonly (readonly [flag: string, value: unknown])[] = [
    ['--seeds', seeds],
    ['--backend', backend],
    ['--threads', threads],
    ['--folder', quoted(folder)],
    ['--out', quoted(out)],
    ['--report', quoted(report)],
  ];
  const said = words.filter(([, value]) => value !== undefined).flat();
  return [commandName, 'reproduce', ...ids, `--${scale}`, ...said].join(' ');
}

const quoted = (path: string | undefined) => (path === undefined ? undefined : JSON.stringify(path));

/** What was changed after a look, for above the table; nothing where nothing was. */
function noticesOf(finished: readonly Finished[]): readonly string[] {
  const changed = finished.flatMap(({ verdict: { id, changedAfterLook } }) =>
    changedAfterLook.map((what) => `${id}: ${what}`),
  );
  const told = changed.map((what) => new Help().boxWrap(what, process.stdout.columns ?? 80));
  return told.length > 0 ? ['Changed after its outcome had been seen:', ...told] : [];
}

function tableOf(finished: readonly Finished[]): string {
  const head = ['', 'measured', 'reference', 'seconds'];
  const rows = finished.map(({ verdict: { id, pass, measured, reference, seconds } }) => [
    `${id} ${pass ? 'pass' : 'FAIL'}`,
    measured,
    reference,
    seconds.toFixed(1),
  ]);
  const table = new Table({
    head,
    colWidths: [7, 31, 28, 9],
    wordWrap: true,
    style: { head: [], border: [], compact: false },
    colAligns: ['left', 'left', 'left', 'right'],
  });
  table.push(...rows.map(([name, ...cells]) => [name.replace(' ', '\n'), ...cells]));
  return fittingTable(table, { head, rows });
}

/** `feedalign reproduce --list` */
function list(chosen: readonly AnyExperiment[], { json = false }: ReproduceFlags): void {
  if (json) {
    for (const { id, claim, source, reference, criterion, changedAfterLook = [] } of chosen)
      printJson({ type: 'experiment', id, claim, source, reference, criterion, changedAfterLook });
    printJson({ type: 'result', count: chosen.length });
    return;
  }
  const table = new Table({
    head: ['', 'claim', 'passes when'],
    colWidths: [5, 40, 31],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { id, claim, criterion } of chosen) table.push([id, claim, criterion]);
  print(`${table.toString()}\n`);
}
