import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FeedalignError } from '@feedalign/core';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EEXIST: 'a file has its name',
  EDQUOT: 'your quota is used up',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

/** What the system said when it refused to write: `ENOSPC: the disk is full`. */
export function whyNotWritten(cause: unknown): string {
  const { code = String(cause) } = cause as NodeJS.ErrnoException;
  return reasons[code] === undefined ? code : `${code}: ${reasons[code]}`;
}

/**
 * Writes a file under another name first, and gives it its own when it is whole: whenever the process is stopped, or the
 * disk is full, what was there before is there still.
 *
 * @throws FeedalignError `bad-data-file` that names the file, when it cannot be written
 */
export async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, contents, { flush: true });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    const problem = `'${path}' cannot be written (${whyNotWritten(cause)}).`;
    throw new FeedalignError('bad-data-file', problem, 'Make room there, or write elsewhere.', { cause });
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Makes a folder and those around it. (Node's own `recursive` never returns where a system answers as `/proc` does.) */
export async function makeFolders(path: string): Promise<void> {
  if (isFolder(path)) return;
  const around = dirname(path);
  if (around !== path && !isFolder(around)) await makeFolders(around);
  await mkdir(path).catch((error) => {
    if (!isFolder(path)) throw error;
  });
}
