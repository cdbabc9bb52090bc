import { Inflate, Unzlib } from 'fflate';
import { badFile } from './file.js';

interface Entry {
  readonly name: string;
  readonly isPacked: boolean;
  readonly size: number;
  readonly unpacked: number;
  readonly header: number;
}

const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const FILE_HEADER = 0x04034b50;
/** Deflate makes at most so many bytes of one. */
const MOST_OF_ONE = 1032;

const again = 'Copy the file again, or save the model again.';

/**
 * The files of a zip that are wanted. The sizes in its directory are a promise: a file that unpacks to more is refused
 * before the memory for it is taken, and what promises more than `most` bytes is not unpacked at all.
 */
export function unzip(
  name: string,
  bytes: Uint8Array,
  wanted: (file: string) => boolean,
  most: number,
): { readonly names: readonly string[]; readonly files: ReadonlyMap<string, Uint8Array> } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = directory(name, view);
  const files = new Map<string, Uint8Array>();
  for (const entry of entries)
    if (wanted(entry.name)) files.set(entry.name, unpack(name, bytes, view, entry, most));
  return { names: entries.map((entry) => entry.name), files };
}

function directory(name: string, view: DataView): Entry[] {
  const last = view.byteLength - 22;
  let end = last;
  while (end >= 0 && end > last - 65536 && view.getUint32(end, true) !== DIRECTORY_END) end--;
  if (end < 0 || view.getUint32(end, true) !== DIRECTORY_END) {
    throw badFile(`'${name}' is a zip that cannot be read: its end is missing, so it was cut off.`, again);
  }
  const entries: Entry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
      throw badFile(`'${name}' is a zip that cannot be read: its directory is broken.`, again);
    }
    const length = view.getUint16(at + 28, true);
    const text = new Uint8Array(view.buffer, view.byteOffset + at + 46, Math.min(length, end - at - 46));
    entries.push({
      name: new TextDecoder().decode(text),
      isPacked: view.getUint16(at + 10, true) === 8,
      size: view.getUint32(at + 20, true),
      unpacked: view.getUint32(at + 24, true),
      header: view.getUint32(at + 42, true),
    });
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function unpack(name: string, bytes: Uint8Array, view: DataView, entry: Entry, most: number): Uint8Array {
  const { header, size, unpacked, isPacked } = entry;
  const broken = (problem: string) =>
    badFile(`'${name}' is a zip that cannot be read: ${entry.name} ${problem}.`, again);
  if (unpacked > most) {
    throw badFile(
      `'${name}' has ${entry.name} in it, which unpacks to ${unpacked} bytes: more than the ${most} that are allowed.`,
      'If it is right, allow more: loadKerasModel(source, { maxBytes }).',
    );
  }
  if (unpacked > MOST_OF_ONE * size + 64) throw broken(`says that ${size} bytes unpack to ${unpacked}`);
  if (header + 30 > bytes.length || view.getUint32(header, true) !== FILE_HEADER)
    throw broken('is not where it should be');
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  if (start + size > bytes.length) throw broken('ends beyond the end of the file');
  const data = bytes.subarray(start, start + size);
  if (!isPacked && size !== unpacked) throw broken('has two lengths');
  try {
    return isPacked ? inflate(new Inflate(), data, unpacked) : data.slice();
  } catch (cause) {
    throw broken(`does not unpack (${(cause as Error).message})`);
  }
}

/** Unpacks what is to have so many bytes, and stops where it has more. */
function inflate(stream: Inflate | Unzlib, data: Uint8Array, promised: number): Uint8Array {
  const whole = new Uint8Array(promised);
  let length = 0;
  stream.ondata = (part) => {
    if (length + part.length > promised)
      throw new Error(`more than the ${promised} bytes that it should have`);
    whole.set(part, length);
    length += part.length;
  };
  const step = 2 ** 14;
  for (let at = 0; at < data.length; at += step)
    stream.push(data.subarray(at, at + step), at + step >= data.length);
  if (length < promised) throw new Error(`${length} bytes, where ${promised} should be`);
  return whole;
}

export const unzlib = (data: Uint8Array, promised: number): Uint8Array =>
  inflate(new Unzlib(), data, promised);
