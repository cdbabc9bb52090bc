import { cores, maySleep, startWorker, type WorkerThread } from './workers.js';

/** Places in the control block, in bytes, as `assembly/threads.ts` has them. */
export const places = {
  done: 64,
  failed: 76,
  joined: 136,
  limit: 192,
  mayWait: 196,
  local: 208,
  localSize: 212,
  halted: 216,
  args: 256,
} as const;
export const controlBytes = 512;

/** The most threads that can be set. */
const most = 64;

/** Milliseconds without a part done after which a task is given up, and after which it is when a worker is known to end. */
const patience = { unknown: 10_000, ending: 500 };
/** Milliseconds between two looks after which it is the whole process that was not running. */
const asleep = 1000;

/** Workers that may die within a second before the work goes on without any. */
const mostDeaths = 20;

export interface Pool {
  /** Threads that compute, the main thread among them. */
  readonly threads: number;
  /** Threads that were ever started, the main thread among them: one that was taken off may still finish a look. */
  readonly started: number;
  set(threads: number): void;
  /** Resolves when the workers that were started run, or after a while. */
  joined(): Promise<void>;
  stop(): void;
  /** Workers made anew, over another control block. */
  renew(): void;
  /** Asked while the main thread waits for parts that others have: whether to give them up. */
  overdue(generation: number, done: number): number;
}

/** The pool of an engine whose memory is not shared: the main thread. */
export const alone: Pool = {
  threads: 1,
  started: 1,
  set: () => {},
  joined: async () => {},
  stop: () => {},
  renew: () => {},
  overdue: () => 1,
};

/** The nearest number of threads that there can be; default all cores, and one for what is no number. */
export function threadsFrom(wanted: number | undefined): number {
  return Math.max(1, Math.min(most, Math.floor(wanted ?? cores()) || 1));
}

/**
 * Workers beside the main thread. One that cannot start is told of once, and the work goes on without it: no part of a
 * task waits for any particular thread. One that dies is replaced, a few times; what it had of a task is given up.
 *
 * @param control where the control block is now
 */
export function startPool(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  wanted: number,
  control: () => number,
): Pool {
  const word = (place: number) => [new Int32Array(memory.buffer), (control() + place) >>> 2] as const;
  let workers: WorkerThread[] = [];
  let threads = 1;
  let started = 1;
  let deaths: number[] = [];
  let isBroken = false;

  const failed = (reason: string) => {
    if (isBroken) return;
    isBroken = true;
    threads = 1;
    console.warn(`feedalign: threads cannot be used here, one will do the work. ${reason}`);
  };
  /** Whether so many died of late that no more are started. */
  const isHopeless = () => {
    const now = performance.now();
    deaths = [...deaths.filter((time) => now - time < 1000), now];
    return deaths.length > mostDeaths;
  };
  /** A worker that ended without being told to. */
  const died = (worker: WorkerThread) => {
    const place = workers.indexOf(worker);
    if (place < 0 || isBroken) return;
    if (isHopeless()) failed('Workers keep ending.');
    else workers[place] = begun(place + 1);
  };
  const begun = (thread: number): WorkerThread => {
    const worker: WorkerThread = startWorker(
      { module, memory, control: control(), thread, failedAt: control() + places.failed },
      { failed, died: () => died(worker) },
    );
    started = Math.max(started, thread + 1);
    return worker;
  };
  const set = (count: number) => {
    try {
      while (!isBroken && workers.length < count - 1) workers.push(begun(workers.length + 1));
    } catch (error) {
      failed(String(error));
    }
    threads = isBroken ? 1 : count;
    Atomics.store(...word(places.limit), threads);
    Atomics.notify(...word(places.limit));
  };
  const begin = (count: number) => {
    Atomics.store(...word(places.mayWait), maySleep ? 1 : 0);
    set(count);
  };
  const stop = () => {
    const all = workers;
    workers = [];
    for (const worker of all) worker.stop();
  };

  let last = { generation: -1, done: -1, since: 0, looked: 0 };
  begin(wanted);
  return {
    get threads() {
      return threads;
    },
    get started() {
      return started;
    },
    set,
    joined: async () => {
      for (let waited = 0; waited < 200; waited++) {
        if (isBroken || Atomics.load(...word(places.joined)) >= threads - 1) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    stop,
    renew: () => {
      stop();
      if (isHopeless()) failed('Tasks keep failing.');
      begin(threads);
    },
    overdue: (generation, done) => {
      const now = performance.now();
      const isNew = last.generation !== generation || last.done !== done || now - last.looked > asleep;
      last = { generation, done, since: isNew ? now : last.since, looked: now };
      const isEnding = workers.some((worker) => worker.isEnding);
      return now - last.since > (isEnding ? patience.ending : patience.unknown) ? 1 : 0;
    },
  };
}
