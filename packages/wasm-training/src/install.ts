import { correctKernel, correctStockKernels, registerRecorder } from '@feedalign/backend';
import {
  env,
  getKernel,
  type KernelFunc,
  registerKernel,
  engine as tfjs,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { type Engine, hasRelaxedSimd, startEngine } from './engine.js';
import { configOf, kernelsOver } from './kernels.js';
import { recorderOver } from './recording/recorder.js';
import { replacementsOver } from './stock.js';
import { renumber, type WasmBackend } from './tfjs/backend.js';
import { batchStatisticsFlag, normalizeFrozenByOwnStatistics } from './tfjs/frozen-normalization.js';
import { overSharedMemory } from './tfjs/shared-memory.js';
import { threadsFrom } from './threads.js';
import { canShareMemory } from './workers.js';

/** A kernel that computes nothing: tfjs calls its set-up when the WASM backend starts. */
const starter = 'FeedalignWasmTraining';
const threadsFlag = 'WASM_TRAINING_THREADS';
const relaxedFlag = 'WASM_TRAINING_RELAXED_SIMD';
const grainFlag = 'WASM_TRAINING_GRAIN';
const recordingFlag = 'WASM_TRAINING_RECORDING';

let installed: { readonly backend: WasmBackend; readonly engine: Engine } | undefined;

/** Registers the training kernels for the WASM backend: at once where it runs already, else when it starts. */
export function install(): void {
  if (getKernel(starter, 'wasm')) return;
  env().registerFlag(threadsFlag, () => threadsFrom(undefined));
  env().registerFlag(relaxedFlag, hasRelaxedSimd);
  // A few microseconds of work: less than that is not worth a thread's while.
  env().registerFlag(grainFlag, () => 100_000);
  // Whether the kernels of a step may be recorded, and run again without the JavaScript between them.
  env().registerFlag(recordingFlag, () => true);
  env().registerFlag(batchStatisticsFlag, () => false);
  normalizeFrozenByOwnStatistics();
  registerKernel({
    kernelName: starter,
    backendName: 'wasm',
    kernelFunc: () => [],
    setupFunc: (backend) => start(backend as unknown as WasmBackend),
  });
  const running = tfjs().registry.wasm as unknown as WasmBackend | undefined;
  if (running) start(running);
  else shareMemoryAtStart();
}

/** Puts a factory before the backend's own, by which it starts over a memory that threads can share. */
function shareMemoryAtStart(): void {
  const registered = tfjs().registryFactory.wasm;
  const { factory } = registered;
  registered.factory = async () => {
    const threads = env().getNumber(threadsFlag);
    // tfjs' threaded build keeps its memory to itself; the other one, over a shared memory, computes as fast on one.
    if (canShareMemory()) env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    const begin = async () => factory();
    const backend = await (threads > 1 && canShareMemory() ? overSharedMemory(begin) : begin());
    start(backend as unknown as WasmBackend);
    await installed?.engine.pool.joined();
    return backend;
  };
}

function start(backend: WasmBackend): void {
  if (installed?.backend === backend) return;
  const threads = threadsFrom(env().getNumber(threadsFlag));
  const engine = startEngine(backend, {
    threads,
    relaxed: env().getBool(relaxedFlag),
    grain: env().getNumber(grainFlag),
  });
  if (!engine) return;
  installed?.engine.pool.stop();
  const isFirst = installed === undefined;
  installed = { backend, engine };
  for (const [name, kernel] of Object.entries(kernelsOver(engine))) {
    if (!isFirst) unregisterKernel(name, 'wasm');
    registerKernel(configOf(engine, name, kernel));
  }
  // What a replacement does not serve goes to a kernel that is right, never to one that is known to be wrong.
  correctStockKernels();
  for (const [name, replace] of Object.entries(replacementsOver(engine))) {
    if (isFirst) stockKernels.set(name, getKernel(name, 'wasm')?.kernelFunc);
    const kernelFunc = replace(forgetful(engine, name, stockKernels.get(name)));
    if (!correctKernel(name, 'wasm', () => kernelFunc)) {
      registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc });
    }
  }
  registerRecorder(
    'wasm',
    recorderOver(engine, () => env().getBool(recordingFlag)),
  );
}

/** The roles of which tfjs' kernels keep a packed copy, as XNNPACK does of weights: it goes by the number of their data. */
const keptRoles: Readonly<Record<string, readonly string[]>> = {
  BatchMatMul: ['a', 'b'],
  _FusedMatMul: ['b', 'bias', 'preluActivationWeights'],
  Conv2D: ['filter'],
  FusedConv2D: ['filter', 'bias', 'preluActivationWeights'],
  DepthwiseConv2dNative: ['filter'],
  FusedDepthwiseConv2D: ['filter', 'bias', 'preluActivationWeights'],
  Prelu: ['alpha'],
};

/** A stock kernel that does not remember what weights were before they were changed in place. */
function forgetful(engine: Engine, name: string, stock: KernelFunc | undefined): KernelFunc | undefined {
  const roles = keptRoles[name];
  if (!stock || !roles) return stock;
  return (given) => {
    for (const role of roles) {
      const tensor = given.inputs[role];
      if (tensor && engine.isChanged(tensor)) renumber(engine.backend, tensor);
    }
    return stock(given);
  };
}

/** What was registered before, for the calls that a replacement does not serve. */
const stockKernels = new Map<string, KernelFunc | undefined>();

/** What serves the WASM backend. */
export interface TrainingEngine {
  /** Threads that compute, the main thread among them. */
  readonly threads: number;
  /** Whether multiply and add are one instruction. */
  readonly relaxed: boolean;
}

/**
 * What serves the WASM backend; undefined while it has not started.
 *
 * @example
 * ```ts
 * await tf.setBackend('wasm');
 * trainingEngine(); // { threads: 8, relaxed: true }
 * ```
 */
export function trainingEngine(): TrainingEngine | undefined {
  return installed && { threads: installed.engine.pool.threads, relaxed: installed.engine.relaxed };
}

/**
 * Sets how many threads compute, the main thread among them: before the backend starts or at any time after. Default:
 * all cores there are. Any number gives the same results, bit for bit.
 *
 * More than one needs a memory that threads can share: the backend has to start after this package was imported, with
 * more than one thread set, and a page has to be cross-origin isolated. Elsewhere one thread does the work.
 *
 * @param threads from 1 to 64; other numbers are taken as the nearest of these
 */
export function setThreads(threads: number): void {
  const count = threadsFrom(threads);
  env().set(threadsFlag, count);
  installed?.engine.pool.set(count);
}
