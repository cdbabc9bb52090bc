import { FeedalignError } from '@feedalign/core';
import type { Bytes } from '../formats/bytes.js';
import type { Source } from './source.js';

/** How to fetch. */
export interface UrlOptions {
  /** In place of the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
  /** The way out that error messages name. */
  readonly remedy?: string;
}

const ABSENT = [404, 410];

/**
 * The files under a URL. A file is absent when the server answers 404 or 410.
 *
 * @param baseUrl the folder's address, with or without a slash at its end; may be relative in a browser
 * @throws FeedalignError `bad-data-file`, on reading, for any other answer than 200 and for a connection that fails;
 *   it names the file's URL
 * @example
 * ```ts
 * const mnist = await datasets.mnist.load({ source: fromUrl('./data/mnist/') });
 * ```
 */
export function fromUrl(baseUrl: string, options: UrlOptions = {}): Source {
  const { remedy = 'Check the address and the connection.' } = options;
  const locate = (fileName: string) => `${baseUrl.replace(/\/+$/, '')}/${fileName}`;
  const failure = (url: string, problem: string, cause?: unknown) =>
    new FeedalignError('bad-data-file', `${url} ${problem}.`, remedy, { cause });

  async function read(fileName: string): Promise<Bytes | undefined> {
    const url = locate(fileName);
    try {
      const response = await (options.fetch ?? globalThis.fetch)(url);
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      await response.body?.cancel();
      if (ABSENT.includes(response.status)) return undefined;
      throw failure(url, `was refused: HTTP ${response.status} ${response.statusText}`.trimEnd());
    } catch (error) {
      if (error instanceof FeedalignError) throw error;
      throw failure(url, `could not be fetched (${reasonOf(error)})`, error);
    }
  }

  return { locate, read, remedy };
}

/** Node says 'fetch failed' and puts what happened into the cause; for several addresses into its code alone. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { message?: string; code?: string } | undefined;
  return cause?.message || cause?.code || error.message;
}
