import { FeedalignError } from '@feedalign/core';
import { Command, InvalidArgumentError } from 'commander';
import { closest } from 'fastest-levenshtein';
import type { Settings } from './benchmark.js';
import { type BenchmarkName, benchmarks } from './benchmarks.js';
import { cores, cpuModel } from './machine.js';
import { jsonPrinter, runAll, tablePrinter } from './run.js';

interface Flags {
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly threads: number;
}

const names = Object.keys(benchmarks) as BenchmarkName[];

/**
 * The benchmarks that were asked for, `all` for every one.
 *
 * @throws FeedalignError `unknown-name`, with the nearest one
 */
export function chosen(words: readonly string[]): BenchmarkName[] {
  const valid = [...names, 'all'];
  for (const word of words) {
    if (valid.includes(word)) continue;
    throw new FeedalignError(
      'unknown-name',
      `There is no benchmark '${word}'.`,
      `Did you mean ${closest(word, valid)}? There are: ${valid.join(', ')}.`,
    );
  }
  return words.includes('all') ? names : names.filter((name) => words.includes(name));
}

/** The command line; `whenDone` gets the exit code. */
export function createProgram(whenDone: (code: number) => void): Command {
  const list = names.map((name) => `  ${name.padEnd(10)} ${benchmarks[name].measures}`).join('\n');
  return new Command('bench')
    .description('Measure how fast training is, against stock TensorFlow.js and against the machine’s limit.')
    .argument('<names...>', 'benchmarks, or all')
    .option('--json', 'print JSON, one object a line')
    .option('--plain', 'without relaxed SIMD')
    .option('--threads <n>', 'threads, where a benchmark is not of one', wholeNumber, Math.min(2, cores()))
    .addHelpText(
      'after',
      `\nBenchmarks:\n${list}\n\nExit code: 1 when one falls short, 2 for a wrong name.\n`,
    )
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`bench: ${text.trim().replace(/\s*\n\s*/g, ' ')}\n`),
    })
    .action(async (words: string[], { json, plain, threads }: Flags) => {
      const settings: Settings = { threads, relaxed: !plain, isAmd: /\bAMD\b/i.test(cpuModel()) };
      const allPass = await runAll(chosen(words), settings, json ? jsonPrinter : tablePrinter);
      whenDone(allPass ? 0 : 1);
    });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number of at least 1.');
}
