import type { Dataset } from 'jsfive';
import { badFile } from './file.js';
import { unzlib } from './zip.js';

/**
 * The bytes of an HDF5 file for the library that reads them. Its addresses may lead in circles: all that has a signature is
 * read by `slice`, which ends a reading that takes more than a few times what is there.
 */
class WatchedBuffer extends ArrayBuffer {
  static override get [Symbol.species]() {
    return ArrayBuffer as unknown as typeof WatchedBuffer;
  }
  private reads = 0;
  private bytes = 0;

  override slice(start = 0, end = this.byteLength): ArrayBuffer {
    const part = super.slice(start, end);
    this.reads++;
    this.bytes += part.byteLength;
    if (this.reads > 10_000 + this.byteLength || this.bytes > 2 ** 20 + 64 * this.byteLength) {
      throw new Error('its parts lead to one another without end');
    }
    return part;
  }
}

/** @throws FeedalignError `bad-data-file` when the file is shorter than its header says */
export function watched(name: string, bytes: Uint8Array): ArrayBuffer {
  const buffer = new WatchedBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  const view = new DataView(buffer);
  // Where the header has the length of the file: behind three addresses, or in versions 2 and 3 behind two.
  const at = view.byteLength > 8 && view.getUint8(8) >= 2 ? 28 : 40;
  const promised = view.byteLength >= at + 8 ? Number(view.getBigUint64(at, true)) : at + 8;
  if (promised > bytes.length) {
    throw badFile(
      `'${name}' cannot be read as HDF5: it should have ${promised} bytes and has ${bytes.length}, so it was cut off.`,
      'Copy the file again.',
    );
  }
  return buffer;
}

let chunkBytes = 0;

/** A filter of the library that unpacks what its writer packed with zlib, and no more than a chunk has. */
export const unzlibOf = (packed: ArrayBuffer): ArrayBuffer =>
  unzlib(new Uint8Array(packed), chunkBytes).buffer as ArrayBuffer;

const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);

/** Refuses an array that is larger than its file can make it, and one of numbers that are not read. */
export function requireReadable(name: string, dataset: Dataset): void {
  const { shape, dtype, _dataobjects: inside } = dataset;
  const [, bytes] = /^[<>|=]?[iuf](\d)$/.exec(String(dtype)) ?? [];
  if (bytes === undefined) {
    throw badFile(
      `The weight '${name}' has numbers of the type ${dtype}, which is not read.`,
      "Save the model in Keras with the dtype policy 'float32'.",
    );
  }
  const chunk = product(inside.chunks ?? []);
  chunkBytes = chunk * Number(bytes);
  const most = inside.fh.byteLength * (inside.filter_pipeline ? 1032 : 1);
  if (product(shape) * Number(bytes) > most || chunk > Math.max(4 * product(shape), 2 ** 16)) {
    throw new Error(`'${name}' is said to have the shape [${shape}], for which the file is too short`);
  }
}
