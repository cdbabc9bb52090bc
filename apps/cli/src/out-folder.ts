import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { FeedalignError } from '@feedalign/core';
import { makeFolders, whyNotWritten } from '@feedalign/models/node';

export interface OpenOptions {
  /** What named the folder; default --out. */
  readonly flag?: string;
  /** What is going to be written over, if it is there. */
  readonly writes: readonly string[];
  /** Whether it may be. */
  readonly force?: boolean;
}

const lockName = '.feedalign-lock';

/** The folders of this process. */
const held = new Set<string>();

/**
 * Makes a folder that this process alone writes into until it ends, before the work begins whose results belong there.
 *
 * @throws FeedalignError `invalid-option` when it cannot be written, is another process's, or has a run already
 */
export async function openFolder(folder: string, options: OpenOptions): Promise<void> {
  const { flag = '--out', writes, force = false } = options;
  const refuse = (problem: string, wayOut: string, cause?: unknown) =>
    new FeedalignError('invalid-option', `${flag}: ${problem}`, wayOut, { cause });
  try {
    await makeFolders(folder);
    lock(folder, refuse);
  } catch (cause) {
    if (cause instanceof FeedalignError) throw cause;
    const problem = `the folder '${folder}' cannot be written (${whyNotWritten(cause)}).`;
    throw refuse(problem, `Give another one with ${flag}.`, cause);
  }
  const there = writes.find((name) => existsSync(join(folder, name)));
  if (there !== undefined && !force) {
    const problem = `the folder '${folder}' has the ${there} of another run.`;
    throw refuse(problem, `Give another one with ${flag}, or write over it with --force.`);
  }
}

/** Takes the folder's lock; one whose process has died is taken away first. */
function lock(folder: string, refuse: (problem: string, wayOut: string) => Error): void {
  const path = join(resolve(folder), lockName);
  if (held.has(path)) return;
  const own = JSON.stringify({ process: process.pid, host: hostname() });
  for (let tries = 0; tries < 3; tries++) {
    try {
      writeFileSync(path, own, { flag: 'wx' });
      held.add(path);
      process.once('exit', () => rmSync(path, { force: true }));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = contentsOf(path);
    if (found !== undefined && !isDead(found)) break;
    if (found !== undefined) takeAway(path, found);
  }
  throw refuse(
    `another run is writing into the folder '${folder}'.`,
    `Give another folder, or wait; where no run is left, delete ${path}.`,
  );
}

const contentsOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** Two processes may find the same lock of a dead one: only that one is taken away, never what the other put in its place. */
function takeAway(path: string, expected: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (contentsOf(aside) === expected) rmSync(aside);
  else renameSync(aside, path);
}

/** Whether a lock's process has ended. Of other machines, as folders are shared by, nobody here can tell. */
function isDead(contents: string): boolean {
  let owner: { process?: number; host?: string };
  try {
    owner = JSON.parse(contents);
  } catch {
    return false;
  }
  if (owner.host !== hostname() || owner.process === undefined) return false;
  // After a container has begun anew, the same number is ours.
  if (owner.process === process.pid) return true;
  try {
    process.kill(owner.process, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
