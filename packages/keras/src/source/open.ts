import { io } from '@tensorflow/tfjs-core';
import { readArchive } from './archive.js';
import {
  badFile,
  defaultMaxBytes,
  type KerasFile,
  type Place,
  requireAllowed,
  type TfjsFile,
} from './file.js';
import { filesPlace, inMemory } from './files.js';
import { foreign } from './foreign.js';
import { readH5 } from './h5.js';
import { readArtifacts, readModelJson } from './model-json.js';
import { type FetchOptions, remote } from './remote.js';

/**
 * What a model can be read from: an address, the bytes of a `.keras` or `.h5` file, all files of a model, or a handler of
 * tfjs.
 */
export type KerasSource = string | URL | Blob | readonly Blob[] | ArrayBuffer | Uint8Array | io.IOHandler;

/** How a model is loaded. */
export interface LoadOptions extends FetchOptions {
  /** The most bytes that a file may unpack to, and that the weights may have together. Default 4 GiB. */
  readonly maxBytes?: number;
}

/** Formats by the bytes with which their files begin; anything else should be a `model.json`. */
const formats = [
  { start: [0x50, 0x4b, 0x03, 0x04], read: readArchive },
  { start: [0x89, 0x48, 0x44, 0x46], read: readH5 },
] as const;

export async function openPlace(
  place: Place,
  { maxBytes = defaultMaxBytes }: LoadOptions = {},
): Promise<KerasFile | TfjsFile> {
  const bytes = await place.read(undefined, maxBytes);
  requireAllowed(`'${place.name}' has`, bytes.length, maxBytes);
  if (bytes.length === 0) throw badFile(`'${place.name}' is empty.`, 'Copy the file again.');
  const format = formats.find(({ start }) => start.every((byte, i) => bytes[i] === byte));
  if (format) return format.read(place.name, bytes, maxBytes);
  const other = foreign(place.name, bytes);
  if (other) throw other;
  return readModelJson(place, bytes, maxBytes);
}

export async function open(source: KerasSource, options: LoadOptions = {}): Promise<KerasFile | TfjsFile> {
  if (typeof source === 'string' || source instanceof URL) return openAddress(String(source), options);
  if (Array.isArray(source)) return openPlace(filesPlace(source), options);
  if (source instanceof Blob) return openPlace(filesPlace([source]), options);
  if (source instanceof Uint8Array) return openPlace(inMemory(source), options);
  if (source instanceof ArrayBuffer) return openPlace(inMemory(new Uint8Array(source)), options);
  const handler = source as io.IOHandler;
  if (typeof handler?.load !== 'function') {
    throw badFile(
      'There is nothing to load a model from.',
      'Give an address, the bytes of a file, or a handler with load().',
    );
  }
  return readArtifacts('the model', await handler.load());
}

/** Schemes that tfjs or others have registered, as `indexeddb://`, are read by their handlers. */
async function openAddress(url: string, options: LoadOptions): Promise<KerasFile | TfjsFile> {
  const [handler] = /^(https?|blob|data):/i.test(url) ? [] : io.getLoadHandlers(url);
  return handler?.load ? readArtifacts(url, await handler.load()) : openPlace(remote(url, options), options);
}
