import { loadavg } from 'node:os';
import type { Settings } from './benchmark.js';
import { type BenchmarkName, benchmarks } from './benchmarks.js';
import { cores, type Machine } from './machine.js';
import { measure } from './measure.js';
import { type Result, resultsOf } from './result.js';
import { threadsText } from './subjects.js';
import { tableOf } from './table.js';

export interface Printer {
  begin(name: BenchmarkName): void;
  results(results: readonly Result[]): void;
  /** A benchmark that could not be measured. */
  failed(name: BenchmarkName, message: string): void;
}

const print = (text: string) => process.stdout.write(`${text}\n`);
const tell = (text: string) => process.stderr.write(`${text}\n`);

/** One object a line. */
export const jsonPrinter: Printer = {
  begin: () => {},
  results: (results) => {
    for (const result of results) print(JSON.stringify(result));
  },
  failed: (name, message) => {
    tell(`bench: ${name}: ${message}`);
    print(JSON.stringify({ name, value: null, unit: null, must: null, pass: false, error: message }));
  },
};

const describe = ({ threads, relaxed, node, tfjs, cpu }: Machine) =>
  `${threadsText(threads)}, ${relaxed ? 'relaxed' : 'plain'} SIMD; Node ${node}, tfjs ${tfjs}; ${cpu}`;

/** A table for each benchmark. */
export const tablePrinter: Printer = {
  begin: (name) => print(`${name}: ${benchmarks[name].measures}`),
  results: (results) => print(`${tableOf(results)}\n${describe(results[0].machine)}\n`),
  failed: (name, message) => tell(`bench: ${name}: ${message}\n`),
};

/** Figures of a machine that others use too are lower than they should be. */
function tellWhenBusy(): void {
  const [lastMinute] = loadavg();
  if (lastMinute < cores() / 2) return;
  tell(
    `bench: other programs may be using this machine: a load of ${lastMinute.toFixed(1)} in the last minute.`,
  );
}

/** Runs the benchmarks one after the other; whether each of them reached what it must. */
export async function runAll(
  names: readonly BenchmarkName[],
  settings: Settings,
  printer: Printer,
): Promise<boolean> {
  tellWhenBusy();
  let allPass = true;
  for (const name of names) {
    printer.begin(name);
    try {
      const plan = benchmarks[name].plan(settings);
      const results = resultsOf(name, plan, await measure(plan));
      printer.results(results);
      allPass &&= results.every(({ pass }) => pass);
    } catch (error) {
      printer.failed(name, (error as Error).message);
      allPass = false;
    }
  }
  return allPass;
}
