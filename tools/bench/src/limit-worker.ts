// A thread that measures the machine's limit when all the others do.
import { parentPort, workerData } from 'node:worker_threads';
import { measureLimit } from '@feedalign/wasm-training/limit';

interface Given {
  /** Counts the threads that are ready. */
  readonly gate: Int32Array;
  readonly threads: number;
  readonly relaxed: boolean;
  /** For each loop. */
  readonly milliseconds: number;
}

const { gate, threads, relaxed, milliseconds } = workerData as Given;

parentPort?.on('message', () => {
  Atomics.add(gate, 0, 1);
  while (Atomics.load(gate, 0) < threads);
  parentPort?.postMessage(measureLimit({ allowRelaxed: relaxed, milliseconds }).loops);
});
