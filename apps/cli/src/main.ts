#!/usr/bin/env node
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { FeedalignError } from '@feedalign/core';
import { CommanderError } from 'commander';
import { Interrupted } from './interrupt.js';
import { complain, outputLost, watchOutput, whyOutputWasLost } from './output.js';
import { createProgram } from './program.js';

const usage = new Set(['unknown-name', 'invalid-option']);

/** 0 when all went well, 1 for a run that failed, 2 for a wrong command line, 130 after Ctrl-C, 143 after SIGTERM. */
async function main(given: readonly string[]): Promise<number> {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const verbose = given.includes('--verbose');
  const words = given.filter((word) => word !== '--verbose');
  const code = await createProgram(version)
    .parseAsync(words, { from: 'user' })
    .then(
      () => 0,
      (error) => answer(error, verbose),
    );
  const lost = await whyOutputWasLost();
  if (lost === undefined) return code;
  complain(`The output cannot be written (${lost}). Send it elsewhere, or make room for it.`);
  return code || 1;
}

/** Says what went wrong; the exit code. */
function answer(error: unknown, verbose: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interrupted) {
    complain('interrupted. What was finished is reported above.');
    return error.exitCode;
  }
  // Whoever reads our output may stop early, as `head` does; another loss of it is told when all is done.
  if (outputLost.aborted && error === outputLost.reason) return 0;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  complain(message);
  if (verbose) process.stderr.write(`${stack}\n`);
  return error instanceof FeedalignError && usage.has(error.code) ? 2 : 1;
}

watchOutput();

// Node 20 has relaxed SIMD behind this flag, later versions have it on; no engine has started yet.
if (process.version.startsWith('v20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

const code = await main(process.argv.slice(2));
await new Promise<void>((told) => process.stderr.write('', () => told()));
// Not `exitCode`: what an interruption did not wait for may go on.
process.exit(code);
