import { badFile, requireLabels } from './bad-file.js';

const SIDE = 32;
const CHANNELS = 3;
const PIXELS = SIDE * SIDE;
const IMAGE = PIXELS * CHANNELS;
const RECORD = 1 + IMAGE;
const CLASSES = 10;

/** Images and labels read from a CIFAR-10 file. */
export interface Cifar10Array {
  readonly count: number;
  /** [count, 32, 32, 3], red, green and blue of a pixel side by side. */
  readonly images: Uint8Array;
  /** [count], 0 to 9. */
  readonly labels: Uint8Array;
}

/**
 * Reads the binary version of CIFAR-10: records of one label byte and 3072 pixel bytes, all red ones first, then green,
 * then blue. The images come out with the channels of each pixel together, as TensorFlow.js has them.
 *
 * @param bytes one file, or several that are read as if they were one
 * @param path names the file, or each of the files, in errors
 * @throws FeedalignError `bad-data-file` when the length is no whole number of records, or a label is above 9
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 * @example
 * ```ts
 * const { count, images, labels } = parseCifar10(bytes, 'test_batch.bin');
 * ```
 */
export function parseCifar10(
  bytes: Uint8Array | readonly Uint8Array[],
  path: string | readonly string[],
): Cifar10Array {
  const files = bytes instanceof Uint8Array ? [bytes] : bytes;
  const paths = typeof path === 'string' ? [path] : path;
  const counts = files.map((file, i) => recordsIn(file, paths[i]));
  const count = counts.reduce((sum, records) => sum + records, 0);
  const images = new Uint8Array(count * IMAGE);
  const labels = new Uint8Array(count);
  let first = 0;
  files.forEach((file, i) => {
    const own = labels.subarray(first, first + counts[i]);
    for (let record = 0; record < counts[i]; record++) {
      own[record] = file[record * RECORD];
      interleave(file, record * RECORD + 1, images, (first + record) * IMAGE);
    }
    requireLabels(own, CLASSES, paths[i]);
    first += counts[i];
  });
  return { count, images, labels };
}

function recordsIn(file: Uint8Array, path: string): number {
  if (file.length > 0 && file.length % RECORD === 0) return file.length / RECORD;
  throw badFile(path, `has the wrong length: expected a multiple of ${RECORD} bytes, found ${file.length}`);
}

function interleave(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let channel = 0; channel < CHANNELS; channel++) {
    const plane = from + channel * PIXELS;
    for (let i = 0; i < PIXELS; i++) pixels[to + channel + CHANNELS * i] = planes[plane + i];
  }
}
