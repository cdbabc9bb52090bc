import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FeedalignError } from '@feedalign/core';
import type { Bytes } from '../formats/bytes.js';
import type { Source } from '../sources/source.js';

/**
 * The files in a folder.
 *
 * @param remedy the way out that error messages name
 * @throws FeedalignError `bad-data-file`, on reading, when a file is there but cannot be read
 * @example
 * ```ts
 * const data = await datasets.cifar10.load({ source: fromFolder('./cifar-10-batches-bin') });
 * ```
 */
export function fromFolder(
  folder: string,
  remedy = 'Put the files that the authors publish into the folder, packed or unpacked.',
): Source {
  const locate = (fileName: string) => join(folder, fileName);

  async function read(fileName: string): Promise<Bytes | undefined> {
    try {
      return await readFile(locate(fileName));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new FeedalignError('bad-data-file', `${locate(fileName)} cannot be read (${code}).`, remedy, {
        cause,
      });
    }
  }

  return { locate, read, remedy };
}
