/**
 * Lets tfjs' WASM module run over a memory that threads can share.
 *
 * tfjs ships a threaded build too, but it is refused in Node, starts a pool of its own and keeps its memory to itself.
 * The unthreaded build needs one bit changed: the one in its binary that says whether its memory is shared. A module
 * that runs on one thread neither knows nor cares.
 */

/** Sections of a WebAssembly binary. */
const importSection = 2;
const memorySection = 5;
/** Kinds of imports. */
const functions = 0;
const tables = 1;
const memories = 2;
/** Bits of a memory's limits. */
const hasMaximum = 1;
const isShared = 2;

/** A WebAssembly binary whose one memory, its own or imported, is shared or not; undefined where it cannot be. */
export function withSharedMemory(binary: Uint8Array, shared: boolean): Uint8Array<ArrayBuffer> | undefined {
  const bytes = Uint8Array.from(binary);
  const at = placeOfLimits(bytes);
  if (at === undefined || !(bytes[at] & hasMaximum)) return undefined;
  bytes[at] = shared ? bytes[at] | isShared : bytes[at] & ~isShared;
  return bytes;
}

/** Where the limits of the module's memory begin. */
function placeOfLimits(bytes: Uint8Array): number | undefined {
  let at = 8;
  /** An unsigned LEB128 number. */
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = number();
    const end = at + size;
    const count = section === importSection || section === memorySection ? number() : 0;
    if (section === memorySection && count === 1) return at;
    for (let i = 0; i < count && section === importSection; i++) {
      // The names of the module and of the field.
      for (let name = 0; name < 2; name++) {
        const length = number();
        at += length;
      }
      const kind = bytes[at++];
      if (kind === memories) return at;
      if (kind === functions) number();
      else if (kind === tables) {
        at++;
        const hasLimit = bytes[at++] & hasMaximum;
        for (let limit = 0; limit < (hasLimit ? 2 : 1); limit++) number();
      } else at += 2;
    }
    at = end;
  }
  return undefined;
}

/** A name that tfjs' module exports, by which its binary is told from others. */
const ownName = 'register_tensor';

/**
 * Does `start`, and gives tfjs' module a shared memory if it is instantiated meanwhile. Other modules pass unchanged.
 */
export async function overSharedMemory<T>(start: () => Promise<T>): Promise<T> {
  const { instantiate, instantiateStreaming } = WebAssembly;
  const changed = (binary: Uint8Array) =>
    new TextDecoder('latin1').decode(binary).includes(ownName) ? withSharedMemory(binary, true) : undefined;
  const ours = (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
    if (source instanceof WebAssembly.Module) return instantiate(source, imports);
    const bytes = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
    return instantiate(changed(bytes) ?? source, imports);
  };
  WebAssembly.instantiate = ours as typeof instantiate;
  WebAssembly.instantiateStreaming = async (source, imports) =>
    ours(await (await source).arrayBuffer(), imports) as Promise<WebAssembly.WebAssemblyInstantiatedSource>;
  try {
    return await start();
  } finally {
    WebAssembly.instantiate = instantiate;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}
