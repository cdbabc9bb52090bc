import { type TensorInfo, engine as tfjs, type Variable } from '@tensorflow/tfjs-core';
import { type KernelArguments, kernels, plain, relaxed } from './generated/engine.js';
import { withSharedMemory } from './shared-memory.js';
import { alone, controlBytes, type Pool, places, startPool } from './threads.js';

/** The part of tfjs' WASM backend that kernels of our own need. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** tfjs' own table of functions. */
    readonly tfjs: { getThreadsCount(): number };
  };
  readonly dataIdMap: { get(dataId: object): { memoryOffset: number }; has(dataId: object): boolean };
  makeOutput(shape: number[], dtype: 'float32' | 'int32'): TensorInfo;
  refCount(dataId: object): number;
  incRef(dataId: object): void;
  readonly write: unknown;
  readonly move: unknown;
  readonly read: unknown;
  readonly readSync: unknown;
}

/** The functions of the compiled assembly. */
interface Assembly {
  /** Divides a task, whose arguments stand in the control block, among threads. */
  dispatch(control: number, task: number, parts: number): void;
  /** Runs a list of tasks with their arguments, one after the other. */
  replay(control: number, program: number, calls: number, threads: number, local: number): void;
  /** Does one part of a task. */
  perform(task: number, args: number, part: number, parts: number, local: number): void;
}

/** The compiled assembly over the memory of one backend. */
export interface Engine {
  readonly pool: Pool;
  /** Whether multiply and add are one instruction. */
  readonly relaxed: boolean;
  /**
   * Runs a kernel, its work divided into `parts`. The result does not depend on how many there are, nor on how many
   * threads take them.
   */
  run<K extends keyof KernelArguments>(kernel: K, parts: number, ...given: KernelArguments[K]): void;
  /** Into how many parts to divide so many operations: one where threads would cost more than they bring. */
  parts(operations: number): number;
  /** Where a tensor's numbers begin, in bytes. */
  at(tensor: TensorInfo): number;
  /** The whole numbers of a tensor of type int32, where they lie. */
  integers(tensor: TensorInfo): Int32Array;
  /** Copies rows of `size` plain numbers, one after the other, to where `address` says, in bytes. */
  copyRows(source: Uint8Array | Float32Array, rows: ArrayLike<number>, size: number, address: number): void;
  /** A new tensor, its numbers not set. */
  output(shape: number[]): TensorInfo;
  /** At least so many bytes, which the next call for the same use may take again. */
  scratch(use: Scratch, bytes: number): number;
  /** Makes sure that each thread has at least so many bytes of its own. */
  local(bytes: number): void;
  /**
   * Whole numbers, for a kernel to read during this call; `more` gives those at certain places that depend on where
   * the table begins.
   */
  table(numbers: ArrayLike<number>, more?: (start: number) => Readonly<Record<number, number>>): number;
  /** What the last store of a product does, for its kernel to read. */
  finish(given: Finish): number;
  /** Adds a mask to what a last store does, at the place that `finish` gave. */
  mask(finish: number, mask: Mask): void;
  /** Where a variable's numbers begin, after a copy of its own was made when a clone or a reshape shares them. */
  owned(variable: Variable): number;
  /** Says that what this kernel computes differs from one step to the next, its inputs aside. */
  varies(): void;
  /** Runs `compute` while `tape` is told of everything that the engine does. */
  taped<T>(tape: Tape, compute: () => T): T;
  /** Runs a list of `calls` tasks. */
  replay(program: number, calls: number): void;
  /** A number that changes whenever addresses that a tape holds are no longer good. */
  readonly layout: number;
  /** Whether it is the engine that makes a tensor at this moment. */
  readonly isMaking: boolean;
  readonly backend: WasmBackend;
  allocate(bytes: number): number;
  words(address: number, count: number): Int32Array;
}

/** A kernel that was run, and the words of its arguments. */
export interface Call {
  readonly task: number;
  readonly parts: number;
  readonly words: Int32Array;
}

/** What is told of a step while it is recorded. */
export interface Tape {
  called(call: Call): void;
  /** The engine made a tensor. */
  made(tensor: TensorInfo): void;
  /** A kernel took this tensor. */
  used(tensor: TensorInfo): void;
  /** A kernel changes this variable in place. */
  changed(variable: Variable): void;
  /** A place in memory that belongs to the recording from now on. */
  owns(address: number): void;
  /** Something happened that cannot be repeated from the list of calls. */
  refuse(): void;
}

/** keep·C + scale·value, then the bias, then the activation, then the mask; 0 for none. */
export interface Finish {
  readonly scale?: number;
  readonly keep?: number;
  readonly bias?: number;
  readonly activation?: number;
  readonly mask?: Mask;
}

/** The derivative of an activation: which, and how far its output and its input lie from C, in bytes. */
interface Mask {
  readonly derivative: number;
  readonly toOutput: number;
  readonly toInput: number;
}

/** Bytes that the assembly reads of a `Finish`. */
export const finishBytes = 32;
const noMask: Mask = { derivative: 0, toOutput: 0, toInput: 0 };

/** What is kept from one kernel to the next within a call. */
type Scratch = 'packed' | 'partial' | 'tables';

const decode = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Whether this engine validates relaxed SIMD. */
export const hasRelaxedSimd = (): boolean =>
  WebAssembly.validate(withSharedMemory(decode(relaxed), false) as BufferSource);

/** Numbers of a row up to which they are copied one by one. */
const shortRow = 32;

/** Parts for each thread, so that one that is late holds up little. */
const partsPerThread = 4;

/** Behind the control block: what the last store of a product does. */
const finishPlace = controlBytes;

export interface EngineOptions {
  readonly threads: number;
  readonly relaxed: boolean;
  /** Operations, counted as multiply-adds, for which one more part is worth its start. */
  readonly grain: number;
}

class OutOfMemoryError extends Error {
  constructor(bytes: number) {
    super(
      `The WASM memory has no ${bytes} bytes left. Dispose of tensors that are no longer needed, or take smaller batches.`,
    );
  }
}

/** The engine for a backend; none where its memory cannot be had. */
export function startEngine(backend: WasmBackend, options: EngineOptions): Engine | undefined {
  const memory = backend.wasm.asm?.memory;
  if (!memory) return undefined;
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  const binary = withSharedMemory(decode(options.relaxed ? relaxed : plain), isShared) as BufferSource;
  const module = new WebAssembly.Module(binary);
  const assembly = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Assembly;

  const allocate = (bytes: number) => {
    const address = backend.wasm._malloc(bytes + 64) >>> 0;
    if (!address) throw new OutOfMemoryError(bytes);
    return address;
  };
  const aligned = (address: number) => ((address + 63) & ~63) >>> 0;
  const control = aligned(allocate(controlBytes + finishBytes + 64));
  new Uint8Array(memory.buffer, control, controlBytes).fill(0);
  const pool = isShared ? startPool(module, memory, control, options.threads) : alone;
  // Whoever asks tfjs' backend how many threads compute, as `useBackend` does, is told of these.
  backend.wasm.tfjs.getThreadsCount = () => pool.threads;

  let words = new Int32Array(memory.buffer);
  let floats = new Float32Array(memory.buffer);
  let bytes = new Uint8Array(memory.buffer);
  /** Views over the memory as it is now: it may have grown. */
  const renew = () => {
    if (words.buffer === memory.buffer) return;
    words = new Int32Array(memory.buffer);
    floats = new Float32Array(memory.buffer);
    bytes = new Uint8Array(memory.buffer);
  };

  let tape: Tape | undefined;
  let layout = 0;
  const held = new Map<Scratch | 'local', { address: number; bytes: number }>();
  const scratch = (use: Scratch | 'local', bytes: number): number => {
    const known = held.get(use);
    if (known && known.bytes >= bytes) return aligned(known.address);
    if (known) {
      layout++;
      if (tape) tape.owns(known.address);
      else backend.wasm._free(known.address);
    }
    const address = allocate(bytes);
    held.set(use, { address, bytes });
    return aligned(address);
  };

  let localAddress = 0;
  let localBytes = 0;
  let localThreads = 0;
  const at = (tensor: TensorInfo) => {
    tape?.used(tensor);
    return backend.dataIdMap.get(tensor.dataId).memoryOffset;
  };
  /** A place for what a kernel reads beside its arguments: one for all, or one of the recording's own. */
  const placeOf = (use: Scratch, bytes: number) => {
    if (!tape) return scratch(use, bytes);
    const address = allocate(bytes);
    tape.owns(address);
    return aligned(address);
  };
  let isMaking = false;
  const output = (shape: number[]): TensorInfo => {
    isMaking = true;
    const tensor = backend.makeOutput(shape, 'float32');
    isMaking = false;
    // tfjs takes the 0 of an allocation that failed for an address.
    if (!backend.dataIdMap.get(tensor.dataId).memoryOffset) {
      const bytes = 4 * shape.reduce((size, dimension) => size * dimension, 1);
      if (bytes > 0) throw new OutOfMemoryError(bytes);
    }
    tape?.made(tensor);
    return tensor;
  };

  return {
    pool,
    relaxed: options.relaxed,
    run: (kernel, parts, ...given) => {
      const { task, floats: areFloats } = kernels[kernel];
      renew();
      const args = control + places.args;
      let place = args >>> 2;
      for (let i = 0; i < given.length; i++, place++) {
        if (areFloats[i]) floats[place] = given[i];
        else words[place] = given[i];
      }
      tape?.called({ task, parts, words: words.slice(args >>> 2, place) });
      if (pool.threads > 1 && parts > 1) assembly.dispatch(control, task, parts);
      else for (let part = 0; part < parts; part++) assembly.perform(task, args, part, parts, localAddress);
    },
    parts: (operations) => {
      const { threads } = pool;
      const { grain } = options;
      if (threads === 1 || operations < 2 * grain) return 1;
      return Math.min(threads * partsPerThread, Math.floor(operations / grain));
    },
    at,
    integers: (tensor) => {
      tape?.refuse();
      renew();
      const start = at(tensor) >>> 2;
      return words.subarray(start, start + tensor.shape.reduce((size, dimension) => size * dimension, 1));
    },
    copyRows: (source, rows, size, address) => {
      tape?.refuse();
      renew();
      const memory = source.BYTES_PER_ELEMENT === 4 ? floats : bytes;
      let place = address / source.BYTES_PER_ELEMENT;
      for (let i = 0; i < rows.length; i++, place += size) {
        const start = rows[i] * size;
        // A view costs more than a few numbers do.
        if (size > shortRow) memory.set(source.subarray(start, start + size), place);
        else for (let j = 0; j < size; j++) memory[place + j] = source[start + j];
      }
    },
    output,
    scratch,
    local: (bytes) => {
      const size = (bytes + 127) & ~63;
      if (size <= localBytes && pool.started === localThreads) return;
      localBytes = Math.max(size, localBytes);
      localThreads = pool.started;
      localAddress = scratch('local', localBytes * localThreads);
      renew();
      words[(control + places.local) >>> 2] = localAddress;
      words[(control + places.localSize) >>> 2] = localBytes;
    },
    table: (numbers, more) => {
      const start = placeOf('tables', numbers.length * 4);
      renew();
      words.set(numbers, start >>> 2);
      for (const [place, number] of Object.entries(more?.(start) ?? {}))
        words[(start >>> 2) + Number(place)] = number;
      return start;
    },
    finish: ({ scale = 1, keep = 0, bias = 0, activation = 0, mask = noMask }) => {
      const address = tape ? placeOf('tables', finishBytes) : control + finishPlace;
      renew();
      const place = address >>> 2;
      floats[place] = scale;
      floats[place + 1] = keep;
      words.set([bias, activation, mask.derivative, mask.toOutput, mask.toInput], place + 2);
      return address;
    },
    mask: (finish, { derivative, toOutput, toInput }) => {
      renew();
      words.set([derivative, toOutput, toInput], (finish >>> 2) + 4);
    },
    owned: (variable) => {
      if (backend.refCount(variable.dataId) > 1) {
        const copy = backend.makeOutput(variable.shape, 'float32');
        const from = at(variable);
        backend.wasm.HEAPU8.copyWithin(at(copy), from, from + variable.size * 4);
        const tensor = tfjs().makeTensorFromTensorInfo(copy) as typeof variable;
        variable.assign(tensor);
        tensor.dispose();
      }
      tape?.changed(variable);
      return at(variable);
    },
    varies: () => tape?.refuse(),
    taped: (each, compute) => {
      tape = each;
      try {
        return compute();
      } finally {
        tape = undefined;
      }
    },
    replay: (program, calls) => assembly.replay(control, program, calls, pool.threads, localAddress),
    get layout() {
      return layout + (pool.started << 20);
    },
    get isMaking() {
      return isMaking;
    },
    backend,
    allocate,
    words: (address, count) => {
      renew();
      return words.subarray(address >>> 2, (address >>> 2) + count);
    },
  };
}
