import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const main = (folder: string) => fileURLToPath(new URL(`../${folder}`, import.meta.url));

/** `npm test` has built what it tests: a process of it starts twice as fast as one from the sources. */
const isBuilt = process.env.FEEDALIGN_TEST_BUILT === 'true';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The command line as a process of its own; `preload` is a module that the process loads before, from the sources as the
 * command line then is. `stdout` is a file in place of what is collected.
 */
export function start(
  args: readonly string[],
  preload?: URL,
  stdout: 'pipe' | number = 'pipe',
): { child: ChildProcess; finished: Promise<Finished> } {
  const preloaded = preload ? ['--import', preload.href] : [];
  const fromSources = [
    '--import',
    import.meta.resolve('tsx'),
    '--conditions=@feedalign/source',
    ...preloaded,
  ];
  const program = isBuilt && !preload ? [main('dist/main.js')] : [...fromSources, main('src/main.ts')];
  const child = spawn(process.execPath, [...program, ...args], {
    stdio: ['ignore', stdout, 'pipe'],
  });
  let printed = '';
  let stderr = '';
  child.stdout?.on('data', (text) => {
    printed += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: printed, stderr }));
  });
  return { child, finished };
}

export const feedalign = (...args: string[]): Promise<Finished> => start(args).finished;

/** The lines of `--json`; throws when one is no JSON. */
export const linesOf = ({ stdout }: Finished): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A folder that goes when the tests end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'feedalign-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
