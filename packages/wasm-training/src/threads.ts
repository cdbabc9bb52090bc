import { cores, isNode, startWorker, type WorkerThread } from './workers.js';

/** Places in the control block, in bytes, as `assembly/threads.ts` has them. */
export const places = {
  joined: 136,
  limit: 192,
  mayWait: 196,
  local: 208,
  localSize: 212,
  args: 256,
} as const;
export const controlBytes = 512;

/** The most threads that can be set. */
const most = 64;

export interface Pool {
  /** Threads that compute, the main thread among them. */
  readonly threads: number;
  /** Threads that were ever started, the main thread among them: one that was taken off may still finish a look. */
  readonly started: number;
  set(threads: number): void;
  /** Resolves when the workers that were started run, or after a while. */
  joined(): Promise<void>;
  stop(): void;
}

/** The pool of an engine whose memory is not shared: the main thread. */
export const alone: Pool = { threads: 1, started: 1, set: () => {}, joined: async () => {}, stop: () => {} };

/** The nearest number of threads that there can be; default all cores, and one for what is no number. */
export function threadsFrom(wanted: number | undefined): number {
  return Math.max(1, Math.min(most, Math.floor(wanted ?? cores()) || 1));
}

/**
 * Workers beside the main thread. One that cannot start is told of once, and the work goes on without it: no part of a
 * task waits for any particular thread.
 */
export function startPool(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  control: number,
  wanted: number,
): Pool {
  const word = (place: number) => [new Int32Array(memory.buffer), (control + place) >>> 2] as const;
  const workers: WorkerThread[] = [];
  let threads = 1;
  let isBroken = false;

  const failed = (reason: string) => {
    if (isBroken) return;
    isBroken = true;
    threads = 1;
    console.warn(`feedalign: threads cannot be used here, one will do the work. ${reason}`);
  };
  const set = (count: number) => {
    try {
      while (!isBroken && workers.length < count - 1) {
        workers.push(startWorker({ module, memory, control, thread: workers.length + 1 }, failed));
      }
    } catch (error) {
      failed(String(error));
    }
    threads = isBroken ? 1 : count;
    Atomics.store(...word(places.limit), threads);
    Atomics.notify(...word(places.limit));
  };

  Atomics.store(...word(places.mayWait), isNode ? 1 : 0);
  set(wanted);
  return {
    get threads() {
      return threads;
    },
    get started() {
      return workers.length + 1;
    },
    set,
    joined: async () => {
      for (let waited = 0; waited < 200; waited++) {
        if (isBroken || Atomics.load(...word(places.joined)) >= threads - 1) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    stop: () => {
      for (const worker of workers) worker.stop();
    },
  };
}
