import { badFile } from './bad-file.js';
import type { Bytes } from './bytes.js';

/** Whether the bytes start as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Unpacks gzip data with the platform's DecompressionStream.
 *
 * @param path names the file in errors
 * @throws FeedalignError `bad-data-file` when the data is truncated or corrupt
 */
export async function gunzip(bytes: Bytes, path: string): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw badFile(path, `is no whole gzip file: ${bytes.length} bytes do not unpack (${reason})`, { cause });
  }
}
