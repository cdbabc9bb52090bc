import type { Bytes } from '../formats/bytes.js';

/**
 * A place where files lie: a folder, a web server, a file picker.
 *
 * @example
 * ```ts
 * const picked: Source = {
 *   locate: (name) => name,
 *   read: async (name) => files.get(name) && new Uint8Array(await files.get(name).arrayBuffer()),
 *   remedy: 'Pick the original files.',
 * };
 * ```
 */
export interface Source {
  /** The full path or URL of a file, for messages. */
  locate(fileName: string): string;
  /** The contents of a file, or undefined where there is no such file; rejects when it cannot be read. */
  read(fileName: string): Promise<Bytes | undefined>;
  /** What to do about a file that is missing or wrong: a sentence that ends an error message. */
  readonly remedy: string;
}
