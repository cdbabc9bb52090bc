// The child processes that several benchmarks have in common.
import type { Settings, Subject } from './benchmark.js';

/** Measures what the threads can do at most: series `loop` and `product`, in GFLOP/s. */
export const peak = ({ relaxed }: Settings, threads: number): Subject => ({
  task: 'limit',
  given: { milliseconds: 15 },
  trainingKernels: true,
  threads,
  relaxed,
});

/** tfjs as it is shipped: in Node it computes with one thread. */
export const stock = { trainingKernels: false, threads: 1 } as const;

/** tfjs with the training kernels. */
export const ours = ({ relaxed }: Settings, threads: number) =>
  ({ trainingKernels: true, threads, relaxed }) as const;

/** '1 thread', '2 threads' */
export const threadsText = (threads: number) => `${threads} thread${threads === 1 ? '' : 's'}`;
