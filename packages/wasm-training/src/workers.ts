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
}

export interface WorkerThread {
  stop(): void;
}

type Failed = (reason: string) => void;

const serve = 'new WebAssembly.Instance(module, { env: { memory } }).exports.serve(control, thread);';

type BuiltIns = { getBuiltinModule?: (name: string) => unknown };

/** Node's built-in modules, without an import that a bundler for pages would look at. */
const builtIn = (globalThis as { process?: BuiltIns }).process?.getBuiltinModule;

export const isNode = builtIn !== undefined;

/** Cores that this process may use. */
export function cores(): number {
  const os = builtIn?.('node:os') as { availableParallelism(): number } | undefined;
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether workers can be given this program's memory: in Node always, in a page when it is cross-origin isolated. */
export const canShareMemory = (): boolean =>
  isNode || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;

/** Starts a worker that never keeps a process alive. `failed` is called when it cannot start, maybe later. */
export const startWorker: (given: Given, failed: Failed) => WorkerThread = isNode ? inNode : inPage;

function inNode(given: Given, failed: Failed): WorkerThread {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const code = `const { module, memory, control, thread } = require('node:worker_threads').workerData; ${serve}`;
  const worker = new Worker(code, { eval: true, workerData: given, execArgv: [], name: 'feedalign' });
  worker.on('error', (error) => failed(String(error)));
  worker.unref();
  return { stop: () => void worker.terminate() };
}

function inPage(given: Given, failed: Failed): WorkerThread {
  const code = `onmessage = ({ data: { module, memory, control, thread } }) => { ${serve} };`;
  const address = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const worker = new Worker(address, { name: 'feedalign' });
  worker.onerror = (event) => failed(event.message ?? 'a worker could not be loaded');
  worker.postMessage(given);
  return {
    stop: () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  };
}
