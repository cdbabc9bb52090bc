/**
 * Worker threads that run the assembly's `serve` over the shared memory, in Node and in pages.
 */

/** What a worker is given. */
interface Given {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where the control block begins. */
  readonly control: number;
  /** Its number; the main thread is 0. */
  readonly thread: number;
  /** Where it says that a kernel trapped in it. */
  readonly failedAt: number;
}

export interface WorkerThread {
  stop(): void;
  /** Whether somebody told it to end, or it ended. */
  readonly isEnding: boolean;
}

/** What is heard of a worker later. */
interface Listener {
  /** It cannot start. */
  failed(reason: string): void;
  /** It ended without being told to by `stop`. */
  died(): void;
}

/** What a worker runs. A trap is told to the main thread at once: it may wait for the part that the worker had. */
const serve = `
try {
  const imports = { env: { memory, overdue: () => 0 } };
  new WebAssembly.Instance(module, imports).exports.serve(control, thread);
} catch (error) {
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, failedAt >>> 2, 1);
  Atomics.notify(words, (failedAt - 12) >>> 2);
  throw error;
}`;

type Process = { getBuiltinModule?: (name: string) => unknown; type?: string };
const process = (globalThis as { process?: Process }).process;

/** Whether workers are Node's: in Electron's pages, which have Node's modules too, they are the page's. */
const isNode = process?.getBuiltinModule !== undefined && process.type !== 'renderer';

/** A built-in module of Node's, without an import that a bundler for pages would look at. */
const builtIn = (name: string): unknown => (isNode ? process?.getBuiltinModule?.(name) : undefined);

/** Cores that this process may use. */
export function cores(): number {
  const os = builtIn('node:os') as { availableParallelism(): number } | undefined;
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether workers can be given this program's memory: in Node always, in a page when it is cross-origin isolated. */
export const canShareMemory = (): boolean =>
  isNode || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;

/** Whether this thread may sleep: the main thread of a page may not. */
export const maySleep: boolean = (() => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
})();

/** Starts a worker that never keeps a process alive. */
export const startWorker: (given: Given, listener: Listener) => WorkerThread = isNode ? inNode : inPage;

function inNode(given: Given, { failed, died }: Listener): WorkerThread {
  const { Worker } = builtIn('node:worker_threads') as typeof import('node:worker_threads');
  const code = `const { module, memory, control, thread, failedAt } = require('node:worker_threads').workerData; ${serve}`;
  const worker = new Worker(code, { eval: true, workerData: given, execArgv: [], name: 'feedalign' });
  let isOnline = false;
  let isStopped = false;
  let isEnding = false;
  worker.once('online', () => {
    isOnline = true;
  });
  worker.on('error', (error) => {
    isEnding = true;
    if (!isOnline) failed(String(error));
  });
  worker.once('exit', () => {
    isEnding = true;
    if (isOnline && !isStopped) died();
  });
  // Whoever ends it from outside, it is known at once and not when the event loop turns.
  const { terminate } = worker;
  worker.terminate = () => {
    isEnding = true;
    return terminate.call(worker);
  };
  worker.unref();
  return {
    stop: () => {
      isStopped = true;
      void worker.terminate();
    },
    get isEnding() {
      return isEnding;
    },
  };
}

function inPage(given: Given, { failed, died }: Listener): WorkerThread {
  const code = `onmessage = ({ data: { module, memory, control, thread, failedAt } }) => { postMessage(0); ${serve} };`;
  const address = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const worker = new Worker(address, { name: 'feedalign' });
  let isOnline = false;
  let isEnding = false;
  worker.onmessage = () => {
    isOnline = true;
  };
  worker.onerror = (event) => {
    isEnding = true;
    if (isOnline) died();
    else failed(event.message ?? 'a worker could not be loaded');
  };
  worker.postMessage(given);
  return {
    stop: () => {
      isEnding = true;
      worker.onerror = null;
      worker.terminate();
      URL.revokeObjectURL(address);
    },
    get isEnding() {
      return isEnding;
    },
  };
}
