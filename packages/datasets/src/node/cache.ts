import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FeedalignError } from '@feedalign/core';
import envPaths from 'env-paths';
import type { Archive } from '../loaders/loader.js';
import { readFiles } from '../loaders/read-files.js';
import type { Source } from '../sources/source.js';

/**
 * Where a data set's files are kept, unpacked, once they were downloaded.
 *
 * @param base the folder of all data sets; default the user's cache folder as the system has it
 */
export const cacheFolder = (name: string, base = envPaths('feedalign', { suffix: '' }).cache): string =>
  join(base, name);

/**
 * Downloads what the folder lacks. Nothing is written that has not the published length and SHA-256.
 *
 * @throws FeedalignError `bad-data-file` when a file cannot be fetched or is wrong, or the folder cannot be written
 */
export async function fillCache(archives: readonly Archive[], source: Source, folder: string): Promise<void> {
  for (const archive of archives) {
    const present = await Promise.all(archive.files.map(({ name }) => exists(join(folder, name))));
    if (present.every(Boolean)) continue;
    const { files } = await readFiles([archive], source, true);
    for (const [name, { bytes }] of files) await writeWhole(folder, name, bytes);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Writes under another name first: a file of the right name is whole, whenever the process was stopped. */
async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(partial, bytes);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    const { code } = cause as NodeJS.ErrnoException;
    throw new FeedalignError(
      'bad-data-file',
      `${path} cannot be written (${code}).`,
      'Give another cacheDir.',
      {
        cause,
      },
    );
  }
}
