import { badFile } from './bad-file.js';

/** An array read from an IDX file. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** Row-major; a view of the file's bytes. */
  readonly values: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an array of unsigned bytes in IDX format, the format of MNIST.
 *
 * A file is: two zero bytes, the element type (8 for unsigned bytes), the number of axes, the length of each axis as
 * a big-endian 32-bit number, the elements.
 *
 * @param path names the file in errors
 * @throws FeedalignError `bad-data-file` when the first bytes are others, or the length does not fit the axes
 * @see https://web.archive.org/web/2020/http://yann.lecun.com/exdb/mnist/
 * @example
 * ```ts
 * const { shape, values } = parseIdx(bytes, 'train-images-idx3-ubyte'); // shape [60000, 28, 28]
 * ```
 */
export function parseIdx(bytes: Uint8Array, path: string): IdxArray {
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== UNSIGNED_BYTE) {
    const found = bytes.length === 0 ? 'nothing' : Array.from(bytes.subarray(0, 4), hex).join(' ');
    throw badFile(path, `is no IDX file of bytes: expected it to start with 00 00 08, found ${found}`);
  }
  const header = 4 + 4 * bytes[3];
  if (bytes.length < header) {
    throw badFile(path, `ends in its header: expected at least ${header} bytes, found ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: bytes[3] }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = header + shape.reduce((product, axis) => product * axis, 1);
  if (bytes.length !== expected) {
    throw badFile(
      path,
      `has the wrong length for shape [${shape.join(', ')}]: expected ${expected} bytes, found ${bytes.length}`,
    );
  }
  return { shape, values: bytes.subarray(header) };
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
