import { FeedalignError, numberNow, type Scalar } from '@feedalign/core';
import { type TensorInfo, engine as tfjs, type Variable } from '@tensorflow/tfjs-core';
import { type KernelArguments, type KernelName, kernels, plain, relaxed } from './generated/engine.js';
import { memoryOf } from './memory.js';
import type { Tape } from './recording/tape.js';
import type { WasmBackend } from './tfjs/backend.js';
import { withSharedMemory } from './tfjs/shared-memory.js';
import { alone, controlBytes, type Pool, places, startPool } from './threads.js';

/** The functions of the compiled assembly. */
interface Assembly {
  /** Divides a task, whose arguments stand in the control block, among threads; whether all of it was done. */
  dispatch(control: number, task: number, parts: number): number;
  /** Runs a list of tasks with their arguments, one after the other; whether all of them were done. */
  replay(control: number, program: number, calls: number, threads: number, local: number): number;
  /** Does one part of a task. */
  perform(task: number, args: number, part: number, parts: number, local: number): void;
  /** Lets no more parts of a task be taken; whether no worker has one any more. */
  quiet(control: number): number;
}

/** Addresses in a table, by the place of the word that holds each; they depend on where the table begins. */
export interface TableAddresses {
  /** What the kernel reads there. */
  readonly reads?: Readonly<Record<number, number>>;
  /** What the kernel writes there. */
  readonly writes?: Readonly<Record<number, number>>;
}

/** The compiled assembly over the memory of one backend. */
export interface Engine {
  readonly pool: Pool;
  /** Whether multiply and add are one instruction. */
  readonly relaxed: boolean;
  /**
   * Runs a kernel, its work divided into `parts`. The result does not depend on how many there are, nor on how many
   * threads take them.
   *
   * @throws FeedalignError `engine-failed` when the kernel trapped or a thread that had a part of it died
   */
  run<K extends KernelName>(kernel: K, parts: number, ...given: KernelArguments[K]): void;
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
  /** Whole numbers for a kernel to read during this call, and addresses among them. */
  table(numbers: ArrayLike<number>, addresses?: (start: number) => TableAddresses): number;
  /** What the last store of a product does, for its kernel to read. */
  finish(given: Finish): number;
  /** Where a variable's numbers begin that this kernel changes, after a copy where a clone or a reshape shares them. */
  owned(variable: Variable): number;
  /** Decides by the loss whether variables are changed until `unguard`. */
  guard(loss: TensorInfo): void;
  unguard(): void;
  /** Does what a kernel does; what it changes in place is its own affair. */
  kernel<T>(compute: () => T): T;
  /** Whether a tensor's numbers have been changed in place: tfjs' kernels may have kept what they were. */
  isChanged(tensor: TensorInfo): boolean;
  /** Notes that a tensor's numbers are changed in place. */
  changes(tensor: TensorInfo): void;
  /** Runs `compute` while `tape` is told of everything that the engine does. */
  taped<T>(tape: Tape, compute: () => T): T;
  /** Runs a list of `calls` tasks that need `local` bytes for each thread. */
  replay(program: number, calls: number, local: number): void;
  /** The address of the word that says whether variables must stay as they are. */
  readonly halted: number;
  /** Whether it is the engine that makes a tensor at this moment. */
  readonly isMaking: boolean;
  readonly backend: WasmBackend;
  readonly memory: NonNullable<ReturnType<typeof memoryOf>>;
}

/** keep·C + scale·value, then the bias, then the activation; 0 for none. */
export interface Finish {
  readonly scale?: Scalar;
  readonly keep?: Scalar;
  readonly bias?: number;
  readonly activation?: number;
}

/** Words that the assembly reads of a `Finish`, and which of them are numbers. */
export const finishBytes = 32;

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

export interface EngineOptions {
  readonly threads: number;
  readonly relaxed: boolean;
  /** Operations, counted as multiply-adds, for which one more part is worth its start. */
  readonly grain: number;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** The engine for a backend; none where its memory cannot be had. */
export function startEngine(backend: WasmBackend, options: EngineOptions): Engine | undefined {
  const memory = memoryOf(backend);
  if (!memory) return undefined;
  const { words, floats, bytes, allocate, free } = memory;
  const isShared = !(memory.memory.buffer instanceof ArrayBuffer);
  const binary = withSharedMemory(decode(options.relaxed ? relaxed : plain), isShared) as BufferSource;
  const module = new WebAssembly.Module(binary);
  const controlBlock = () => {
    const address = allocate(controlBytes + finishBytes);
    bytes().fill(0, address, address + controlBytes);
    return address;
  };
  let control = controlBlock();
  const pool = isShared ? startPool(module, memory.memory, options.threads, () => control) : alone;
  const env = { memory: memory.memory, overdue: pool.overdue };
  const assembly = new WebAssembly.Instance(module, { env }).exports as unknown as Assembly;
  // Whoever asks tfjs' backend how many threads compute, as `useBackend` does, is told of these.
  backend.wasm.tfjs.getThreadsCount = () => pool.threads;

  let tape: Tape | undefined;
  const held = new Map<Scratch | 'local', { address: number; bytes: number }>();
  const kept = (use: Scratch | 'local', size: number): number => {
    const known = held.get(use);
    if (known && known.bytes >= size) return known.address;
    const address = allocate(size);
    if (known) free(known.address);
    held.set(use, { address, bytes: size });
    return address;
  };

  let localAddress = 0;
  let localBytes = 0;
  let localThreads = 0;
  const local = (wanted: number) => {
    const size = (wanted + 127) & ~63;
    tape?.needs(size);
    if (size <= localBytes && pool.started === localThreads) return;
    const largest = Math.max(size, localBytes);
    localAddress = kept('local', largest * pool.started);
    localBytes = largest;
    localThreads = pool.started;
    words()[(control + places.local) >>> 2] = localAddress;
    words()[(control + places.localSize) >>> 2] = localBytes;
  };

  /** What cannot go on: the workers, and the block by which they are told, are made anew. */
  const failed = (what: string, cause?: unknown): never => {
    assembly.quiet(control);
    const old = control;
    control = controlBlock();
    words().set(
      words().subarray((old + places.local) >>> 2, (old + places.args) >>> 2),
      (control + places.local) >>> 2,
    );
    words()[(control + places.halted) >>> 2] = 0;
    pool.renew();
    throw new FeedalignError(
      'engine-failed',
      `${what}${cause ? `: ${(cause as Error).message}` : ''}.`,
      'What it was to compute is not done; weights that it was changing may be changed in part. Go on from weights that you saved.',
      { cause },
    );
  };
  const finished = (what: string, act: () => number) => {
    let isDone = 0;
    try {
      isDone = act();
    } catch (error) {
      failed(`${what} stopped`, error);
    }
    if (!isDone) failed(`A thread that computed a part of ${what} has died`);
  };

  const dataOf = ({ dataId }: TensorInfo) => backend.dataIdMap.get(dataId);
  const at = (tensor: TensorInfo) => {
    const address = dataOf(tensor).memoryOffset;
    tape?.used(tensor, address);
    return address;
  };
  let isMaking = false;
  const made = (shape: readonly number[]): TensorInfo => {
    isMaking = true;
    try {
      return backend.makeOutput([...shape], 'float32');
    } finally {
      isMaking = false;
    }
  };
  const changed = new WeakSet<object>();
  /** Whether the kernel at hand changes variables. */
  let isChanging = false;

  return {
    pool,
    relaxed: options.relaxed,
    run: (kernel, parts, ...given) => {
      const { task, kinds } = kernels[kernel];
      tape?.called({ kernel, parts, given, isChanging });
      const all = memory.now();
      const args = control + places.args;
      if (isChanging && all.words[(control + places.halted) >>> 2]) return;
      let place = args >>> 2;
      for (let i = 0; i < given.length; i++, place++) {
        const value = numberNow(given[i] as Scalar);
        if (kinds[i] === 'f32') all.floats[place] = value;
        else all.words[place] = value;
      }
      if (pool.threads > 1 && parts > 1) {
        finished(`the kernel '${kernel}'`, () => assembly.dispatch(control, task, parts));
      } else {
        try {
          for (let part = 0; part < parts; part++) assembly.perform(task, args, part, parts, localAddress);
        } catch (error) {
          failed(`The kernel '${kernel}' stopped`, error);
        }
      }
    },
    parts: (operations) => {
      const { threads } = pool;
      const { grain } = options;
      if (threads === 1 || operations < 2 * grain) return 1;
      return Math.min(threads * partsPerThread, Math.floor(operations / grain));
    },
    at,
    integers: (tensor) => {
      tape?.refuse('a kernel looks at whole numbers');
      const start = at(tensor) >>> 2;
      return words().subarray(start, start + sizeOf(tensor.shape));
    },
    copyRows: (source, rows, size, address) => {
      tape?.refuse('plain numbers are copied into the memory');
      const memory = source.BYTES_PER_ELEMENT === 4 ? floats() : bytes();
      let place = address / source.BYTES_PER_ELEMENT;
      for (let i = 0; i < rows.length; i++, place += size) {
        const start = rows[i] * size;
        // A view costs more than a few numbers do.
        if (size > shortRow) memory.set(source.subarray(start, start + size), place);
        else for (let j = 0; j < size; j++) memory[place + j] = source[start + j];
      }
    },
    output: (shape) => {
      const tensor = made(shape);
      tape?.made(tensor, dataOf(tensor).memoryOffset);
      return tensor;
    },
    scratch: (use, size) => tape?.scratch(use, size) ?? kept(use, size),
    local,
    table: (numbers, addresses) => {
      const start = tape?.scratch('table', numbers.length * 4) ?? kept('tables', numbers.length * 4);
      const all = words();
      all.set(numbers, start >>> 2);
      const found = addresses?.(start);
      if (found) {
        for (const effect of ['reads', 'writes'] as const) {
          for (const [place, address] of Object.entries(found[effect] ?? {})) {
            all[(start >>> 2) + Number(place)] = address;
          }
        }
      }
      tape?.table(start, numbers.length, found ?? {});
      return start;
    },
    finish: ({ scale = 1, keep = 0, bias = 0, activation = 0 }) => {
      const start = tape?.scratch('finish', finishBytes) ?? control + controlBytes;
      const place = start >>> 2;
      const { floats, words } = memory.now();
      floats[place] = numberNow(scale);
      floats[place + 1] = numberNow(keep);
      words[place + 2] = bias;
      words[place + 3] = activation;
      words.fill(0, place + 4, (start + finishBytes) >>> 2);
      tape?.table(start, finishBytes / 4, { reads: { 2: bias } }, { 0: scale, 1: keep });
      return start;
    },
    owned: (variable) => {
      if (backend.refCount(variable.dataId) > 1) {
        const copy = made(variable.shape);
        const from = dataOf(variable).memoryOffset;
        bytes().copyWithin(dataOf(copy).memoryOffset, from, from + variable.size * 4);
        const tensor = tfjs().makeTensorFromTensorInfo(copy) as typeof variable;
        variable.assign(tensor);
        tensor.dispose();
      }
      isChanging = true;
      changed.add(variable.dataId);
      tape?.changed(variable);
      return at(variable);
    },
    guard: (loss) => {
      const halted = control + places.halted;
      const address = at(loss);
      tape?.called({ kernel: 'guard', parts: 1, given: [address, halted], isChanging: false });
      const value = floats()[address >>> 2];
      words()[halted >>> 2] = Number.isFinite(value) ? 0 : 1;
    },
    unguard: () => {
      const halted = control + places.halted;
      tape?.called({ kernel: 'unguard', parts: 1, given: [halted], isChanging: false });
      words()[halted >>> 2] = 0;
    },
    kernel: (compute) => {
      const outer = isChanging;
      isChanging = false;
      try {
        return compute();
      } finally {
        isChanging = outer;
      }
    },
    isChanged: ({ dataId }) => changed.has(dataId),
    changes: ({ dataId }) => void changed.add(dataId),
    taped: (each, compute) => {
      tape = each;
      try {
        return compute();
      } finally {
        tape = undefined;
      }
    },
    replay: (program, calls, localSize) => {
      local(localSize);
      finished('a recorded step', () => assembly.replay(control, program, calls, pool.threads, localAddress));
    },
    get halted() {
      return control + places.halted;
    },
    get isMaking() {
      return isMaking;
    },
    backend,
    memory,
  };
}
