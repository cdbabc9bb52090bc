import { FeedalignError } from '@feedalign/core';
import { badFile } from './bad-file.js';
import type { Bytes } from './bytes.js';

/** Whether the bytes start as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Unpacks gzip data with the platform's DecompressionStream.
 *
 * @param path names the file in errors
 * @param maxBytes what it may unpack to. Default 1 GiB, five times what the largest of the data sets has
 * @throws FeedalignError `bad-data-file` when the data is truncated or corrupt, or unpacks to more
 */
export async function gunzip(bytes: Bytes, path: string, maxBytes = 2 ** 30): Promise<Bytes> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > maxBytes)
        throw badFile(path, `unpacks to more than the ${maxBytes} bytes that it may have`);
      parts.push(next.value);
    }
  } catch (cause) {
    // What is left of the stream is of no interest.
    void reader.cancel().catch(() => undefined);
    if (cause instanceof FeedalignError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw badFile(path, `is no whole gzip file: ${bytes.length} bytes do not unpack (${reason})`, { cause });
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
