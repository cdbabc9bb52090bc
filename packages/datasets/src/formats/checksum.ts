import { FeedalignError } from '@feedalign/core';
import type { Bytes } from './bytes.js';

/**
 * The SHA-256 of some bytes, in 64 hexadecimal digits.
 *
 * @throws FeedalignError `bad-data-file` where the platform offers no SHA-256: a page that came by plain http
 */
export async function sha256(bytes: Bytes): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new FeedalignError(
      'bad-data-file',
      'The data cannot be verified: a page that is not served by https or from localhost has no crypto.subtle.',
      'Serve the page by https, or load with requireChecksums: false.',
    );
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
