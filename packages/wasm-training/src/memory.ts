import { FeedalignError } from '@feedalign/core';
import { markGone, type WasmBackend } from './tfjs/backend.js';

/** The WASM memory, as numbers. */
export interface Memory {
  /** Views over the memory as it is now: it may have grown since the last look. */
  now(): { readonly words: Int32Array; readonly floats: Float32Array; readonly bytes: Uint8Array };
  words(): Int32Array;
  floats(): Float32Array;
  bytes(): Uint8Array;
  /** At least so many bytes, aligned to 64; `free` takes the address as it is. */
  allocate(bytes: number): number;
  free(address: number): void;
}

const alignment = 64;

/** Bytes before an aligned address at which malloc's own one is kept. */
const header = 8;

function outOfMemory(bytes: number): never {
  throw new FeedalignError(
    'out-of-memory',
    `The WASM memory has no ${bytes} bytes left.`,
    'Dispose of tensors that are no longer needed, or take smaller batches.',
  );
}

/**
 * From here on an allocation that fails is an error, for tfjs' own kernels too: tfjs takes the 0 of malloc for an address
 * and goes on to write there.
 */
function refuseNowhere(backend: WasmBackend): void {
  const { wasm } = backend;
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => malloc.call(wasm, bytes) || (bytes > 0 ? outOfMemory(bytes) : 0);
}

/** The memory of a backend; undefined where it cannot be had. */
export function memoryOf(
  backend: WasmBackend,
): (Memory & { readonly memory: WebAssembly.Memory }) | undefined {
  const memory = backend.wasm.asm?.memory;
  if (!memory) return undefined;
  refuseNowhere(backend);
  markGone(backend);
  const viewsOver = (buffer: ArrayBufferLike) => ({
    buffer,
    words: new Int32Array(buffer),
    floats: new Float32Array(buffer),
    bytes: new Uint8Array(buffer),
  });
  let views = viewsOver(memory.buffer);
  const now = () => {
    const { buffer } = memory;
    if (views.buffer !== buffer) views = viewsOver(buffer);
    return views;
  };
  return {
    memory,
    now,
    words: () => now().words,
    floats: () => now().floats,
    bytes: () => now().bytes,
    allocate: (size) => {
      const own = backend.wasm._malloc(size + alignment + header) >>> 0;
      const address = ((own + header + alignment - 1) & ~(alignment - 1)) >>> 0;
      now().words[(address - header) >>> 2] = own;
      return address;
    },
    free: (address) => backend.wasm._free(now().words[(address - header) >>> 2] >>> 0),
  };
}
