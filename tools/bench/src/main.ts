import { FeedalignError } from '@feedalign/core';
import { CommanderError } from 'commander';
import { createProgram } from './program.js';
import { endAll } from './subject-process.js';

/** 0 when every row reached what it must, 1 when one did not, 2 for a wrong command line. */
async function main(words: readonly string[]): Promise<number> {
  let code = 1;
  try {
    await createProgram((given) => {
      code = given;
    }).parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`bench: ${(error as Error).message}\n`);
    return error instanceof FeedalignError && error.code === 'unknown-name' ? 2 : 1;
  }
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    endAll();
    process.stderr.write('bench: interrupted.\n');
    process.exit(code);
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  endAll();
  process.exit(0);
});

process.exitCode = await main(process.argv.slice(2));
