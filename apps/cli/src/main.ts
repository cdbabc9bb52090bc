#!/usr/bin/env node
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { FeedalignError } from '@feedalign/core';
import { CommanderError } from 'commander';
import { createProgram } from './program.js';

const usage = new Set(['unknown-name', 'invalid-option']);

/** 0 when all went well, 1 for a run that failed, 2 for a wrong command line, 130 after Ctrl-C. */
async function main(given: readonly string[]): Promise<number> {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const verbose = given.includes('--verbose');
  const words = given.filter((word) => word !== '--verbose');
  try {
    await createProgram(version).parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Error && error.name === 'Interrupted') {
      process.stderr.write('feedalign: interrupted. Runs that were finished are reported above.\n');
      return 130;
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`feedalign: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
    if (verbose) process.stderr.write(`${stack}\n`);
    return error instanceof FeedalignError && usage.has(error.code) ? 2 : 1;
  }
}

// Whoever reads our output may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Node 20 has relaxed SIMD behind this flag, later versions have it on; no engine has started yet.
if (process.version.startsWith('v20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

process.exitCode = await main(process.argv.slice(2));
