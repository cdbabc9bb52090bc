import { type FlateError, FlateErrorCode, Unzlib, unzipSync } from 'fflate';
import { badFile } from './file.js';

/** Deflate makes at most so many bytes of one. */
const MOST_OF_ONE = 1032;

const again = 'Copy the file again, or save the model again.';

/**
 * The files of a zip that are wanted. The sizes in its directory are a promise: what promises more than `most` bytes is not
 * unpacked at all, and none gets more memory than it promises. One that holds more than that comes out cut off, which its own
 * format tells.
 */
export function unzip(
  name: string,
  bytes: Uint8Array,
  wanted: (file: string) => boolean,
  most: number,
): { readonly names: readonly string[]; readonly files: ReadonlyMap<string, Uint8Array> } {
  const promised = new Map<string, number>();
  const broken = (problem: string) => badFile(`'${name}' is a zip that cannot be read: ${problem}.`, again);
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name: file, size, originalSize }) => {
        promised.set(file, originalSize);
        if (!wanted(file)) return false;
        if (originalSize > most) {
          throw badFile(
            `'${name}' has ${file} in it, which unpacks to ${originalSize} bytes: more than the ${most} that are allowed.`,
            'If it is right, allow more: loadKerasModel(source, { maxBytes }).',
          );
        }
        if (originalSize <= MOST_OF_ONE * size + 64) return true;
        throw broken(`${file} says that ${size} bytes unpack to ${originalSize}`);
      },
    });
  } catch (cause) {
    const { name: kind, code, message } = cause as FlateError;
    if (kind === 'FeedalignError') throw cause;
    throw broken(code === FlateErrorCode.InvalidZipData ? 'its end is missing, so it was cut off' : message);
  }
  for (const [file, { length }] of Object.entries(files)) {
    const size = promised.get(file);
    if (length !== size) throw broken(`${file} has ${length} bytes, where ${size} should be`);
  }
  return { names: [...promised.keys()], files: new Map(Object.entries(files)) };
}

/** Unpacks what zlib packed and is to have so many bytes, and stops where it has more. */
export function unzlib(data: Uint8Array, promised: number): Uint8Array {
  const whole = new Uint8Array(promised);
  let length = 0;
  const stream = new Unzlib((part) => {
    if (length + part.length > promised) {
      throw new Error(`more than the ${promised} bytes that it should have`);
    }
    whole.set(part, length);
    length += part.length;
  });
  const step = 2 ** 14;
  for (let at = 0; at < data.length; at += step)
    stream.push(data.subarray(at, at + step), at + step >= data.length);
  if (length < promised) throw new Error(`${length} bytes, where ${promised} should be`);
  return whole;
}
