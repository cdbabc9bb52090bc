import { badFile, type Place } from './file.js';

/** How a model is fetched from an address. */
export interface FetchOptions {
  /** In place of the global fetch: with credentials, from a cache. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * The address of a file of weights, by its path in the `model.json`: where each has an address of its own, as those that
   * are signed. Default: beside the `model.json`, with the same query.
   */
  readonly weightUrl?: (path: string) => string | URL | Promise<string | URL>;
  /** Is told how many bytes are there, and how many there will be, where that is known. */
  readonly onProgress?: (progress: { readonly loaded: number; readonly total?: number }) => void;
  /** Ends the loading, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A file on a server, and those beside it. */
export function remote(url: string, options: FetchOptions): Place {
  const progress: { loaded: number; total?: number } = { loaded: 0 };
  const base = globalThis.location === undefined ? undefined : globalThis.location.href;
  const tell = (bytes: number) => {
    progress.loaded += bytes;
    options.onProgress?.({ ...progress });
  };
  const addressOf = async (path: string): Promise<URL> => {
    const address = parsed(url, base);
    if (options.weightUrl) return parsed(String(await options.weightUrl(path)), address.href);
    const target = new URL(path, address);
    target.search ||= address.search;
    return target;
  };
  return {
    name: url,
    expect: (bytes) => {
      progress.total = bytes;
    },
    read: async (path, most = Number.POSITIVE_INFINITY) => {
      const target = path === undefined ? parsed(url, base) : await addressOf(path);
      const response = await ask(target, options);
      const said = Number(response.headers?.get('content-length') ?? Number.NaN);
      // What was packed for the way is longer when it arrives.
      const isPlain = !response.headers?.get('content-encoding');
      if (path === undefined && isPlain && !Number.isNaN(said)) progress.total = said;
      return body(target, response, most, tell);
    },
  };
}

function parsed(url: string, base: string | undefined): URL {
  if (URL.canParse(url, base)) return new URL(url, base);
  throw badFile(
    `'${url}' is no address.`,
    "For a file on disk import loadKerasModel from '@feedalign/keras/node'.",
  );
}

async function ask(url: URL, { fetch = globalThis.fetch, signal }: FetchOptions): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    throw unreachable(url, cause, signal);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw badFile(
    `'${url}' is answered with ${response.status} ${response.statusText}.`.replace(' .', '.'),
    'Check the address.',
  );
}

/** The whole answer, part by part: it ends where it is longer than it may be. */
async function body(
  url: URL,
  response: Response,
  most: number,
  tell: (bytes: number) => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const take = (part: Uint8Array) => {
    length += part.length;
    if (length > most)
      throw badFile(`'${url}' has more than the ${most} bytes that it may have.`, 'Check the address.');
    parts.push(part);
    tell(part.length);
  };
  try {
    if (response.body) for await (const part of chunksOf(response.body)) take(part);
    else take(new Uint8Array(await response.arrayBuffer()));
  } catch (cause) {
    await response.body?.cancel().catch(() => undefined);
    throw unreachable(url, cause);
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** Not every browser can iterate a stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}

function unreachable(url: URL, cause: unknown, signal?: AbortSignal): unknown {
  const { name, message, cause: inner } = cause as Error & { cause?: Error & { code?: string } };
  if (signal?.aborted || name === 'AbortError' || name === 'FeedalignError') return cause;
  const reason = inner?.code ?? inner?.message ?? message;
  return badFile(`'${url}' cannot be reached (${reason}).`, 'Check the address and the connection.', cause);
}
