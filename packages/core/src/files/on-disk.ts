import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { FeedalignError } from '../errors.js';

/**
 * Reads an ordinary file, or refuses: pipes and devices have no end.
 *
 * @param most how many bytes it may have
 * @throws FeedalignError `bad-data-file` when it is missing, no ordinary file, or longer
 */
export const readWhole = (path: string, most?: number): Promise<Uint8Array> =>
  named(path, () => readPlain(path, path, most));

/**
 * Reads a file from the folder of another, or from below it; a link may not lead out of there.
 *
 * @param file the one in whose folder it has to be
 * @param path relative to that folder
 */
export const readBeside = (file: string, path: string, most?: number): Promise<Uint8Array> => {
  const target = join(dirname(file), path);
  return named(target, async () => {
    const [folder, found] = await Promise.all([realpath(dirname(file)), realpath(target)]);
    const way = relative(folder, found);
    if (isAbsolute(way) || way.split(sep)[0] === '..') {
      throw badFile(target, `is not in the folder of '${file}': it is '${found}'`);
    }
    return readPlain(found, target, most);
  });
};

async function readPlain(path: string, name: string, most = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // Without waiting for somebody to write, where it is a pipe.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const { size, ...kind } = await statOf(file);
    if (kind.isFolder) throw badFile(name, 'is a folder');
    if (!kind.isFile) throw badFile(name, reasons.ENXIO);
    if (size > most) throw badFile(name, `has ${size} bytes, more than the ${most} that it may have`);
    return await file.readFile();
  } finally {
    await file?.close();
  }
}

async function statOf(file: FileHandle) {
  const found = await file.stat();
  return { size: found.size, isFile: found.isFile(), isFolder: found.isDirectory() };
}

const reasons = {
  EACCES: 'may not be read',
  EISDIR: 'is a folder',
  ELOOP: 'is a link that leads to itself',
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  ENXIO: 'is no ordinary file, but a pipe or a device',
} as const;

/** What the system says of a file, as an error of the library. */
async function named<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof FeedalignError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const reason = Object.hasOwn(reasons, code) ? reasons[code as keyof typeof reasons] : undefined;
    throw badFile(name, reason ?? `cannot be read (${code || message})`, cause);
  }
}

const badFile = (name: string, problem: string, cause?: unknown) =>
  new FeedalignError('bad-data-file', `'${name}' ${problem}.`, 'Check the path.', { cause });
