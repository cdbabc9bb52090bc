import { type ParsedTarFileItem, parseTar } from 'nanotar';
import { badFile } from './bad-file.js';
import type { Bytes } from './bytes.js';

/**
 * The files of a tar archive by their names without folders; each is a view of the archive's bytes.
 *
 * @param path names the archive in errors
 * @throws FeedalignError `bad-data-file` when the archive ends inside a file
 */
export function untar(bytes: Bytes, path: string): Map<string, Bytes> {
  return new Map(
    entries(bytes, path)
      .filter((entry) => entry.type === 'file')
      .map((entry) => [
        entry.name.slice(entry.name.lastIndexOf('/') + 1),
        (entry.data ?? new Uint8Array()) as Bytes,
      ]),
  );
}

function entries(bytes: Bytes, path: string): ParsedTarFileItem[] {
  // parseTar reads the whole of the memory behind a view.
  const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  try {
    return parseTar(whole);
  } catch (cause) {
    throw badFile(path, `is no whole tar archive: it ends inside a file, at ${bytes.length} bytes`, {
      cause,
    });
  }
}
