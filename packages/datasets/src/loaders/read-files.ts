import { FeedalignError } from '@feedalign/core';
import type { Bytes } from '../formats/bytes.js';
import { sha256 } from '../formats/checksum.js';
import { gunzip, isGzip } from '../formats/gzip.js';
import { untar } from '../formats/tar.js';
import type { Source } from '../sources/source.js';
import type { Archive, DataFile } from './loader.js';

/** An unpacked file and where it was found. */
export interface FileContents {
  readonly bytes: Bytes;
  readonly path: string;
}

/** The files of a data set by name. */
export interface ReadFiles {
  readonly files: ReadonlyMap<string, FileContents>;
  /** Whether all of them have the published length and SHA-256. */
  readonly verified: boolean;
}

/**
 * Reads the files of some archives, from the archives themselves or, where these are absent, unpacked.
 *
 * Lengths and checksums are those of the unpacked contents: the gzip headers of equal files differ (the Fashion-MNIST
 * of Debian, for one, lacks the names that the published archives carry), so the archives' own would refuse good files.
 *
 * @throws FeedalignError `bad-data-file` when a file is missing or does not unpack, and with `requireChecksums` when
 *   it is not the published one
 */
export async function readFiles(
  archives: readonly Archive[],
  source: Source,
  requireChecksums: boolean,
): Promise<ReadFiles> {
  const files = new Map<string, FileContents>();
  let verified = true;
  for (const archive of archives) {
    const contents = await readArchive(archive, source);
    for (const file of archive.files) {
      const found = contents.get(file.name);
      if (!found) throw missing(archive, file, source);
      const difference = await differenceFrom(file, found.bytes);
      if (difference && requireChecksums) {
        throw new FeedalignError('bad-data-file', `${found.path} ${difference}.`, source.remedy);
      }
      verified &&= difference === undefined;
      files.set(file.name, found);
    }
  }
  return { files, verified };
}

async function readArchive(archive: Archive, source: Source): Promise<Map<string, FileContents>> {
  const path = source.locate(archive.name);
  const packed = await source.read(archive.name);
  if (packed) return unpack(archive, packed, path);
  const contents = new Map<string, FileContents>();
  for (const { name } of archive.files) {
    const found = await source.read(name);
    if (!found) continue;
    const path = source.locate(name);
    // Some keep the published .gz under the name of what is in it; no file of these sets begins as gzip does.
    contents.set(name, { bytes: isGzip(found) ? await gunzip(found, path) : found, path });
  }
  return contents;
}

async function unpack(archive: Archive, packed: Bytes, path: string): Promise<Map<string, FileContents>> {
  // Servers that declare a .gz file as Content-Encoding have it unpacked on the way.
  const bytes = isGzip(packed) ? await gunzip(packed, path) : packed;
  if (archive.format === 'gz') return new Map([[archive.files[0].name, { bytes, path }]]);
  return new Map(
    Array.from(untar(bytes, path), ([name, data]) => [name, { bytes: data, path: `${path} (${name})` }]),
  );
}

async function differenceFrom(file: DataFile, bytes: Bytes): Promise<string | undefined> {
  if (bytes.length !== file.bytes) {
    return `has the wrong length unpacked: expected ${file.bytes} bytes, found ${bytes.length}`;
  }
  const found = await sha256(bytes);
  return found === file.sha256
    ? undefined
    : `has the wrong SHA-256 unpacked: expected ${file.sha256}, found ${found}`;
}

const missing = (archive: Archive, file: DataFile, source: Source): FeedalignError =>
  new FeedalignError(
    'bad-data-file',
    `${file.name} is missing: it is neither at ${source.locate(file.name)} nor in ${source.locate(archive.name)}.`,
    source.remedy,
  );
