import { Worker } from 'node:worker_threads';
import { dispose, matMul, randomUniform } from '@tensorflow/tfjs-core';
import { besideThis } from '../beside.js';
import { operations, square } from '../products.js';
import type { Setup } from '../protocol.js';
import type { Cases } from '../tasks.js';
import { timePerRepetition } from '../time.js';

/**
 * What the threads can do together, in GFLOP/s: `loop` by loops in registers, which run in as many worker threads at
 * the same time; `product` by `tf.matMul` of our own, since the limit is never below the best product.
 */
export function limit({ milliseconds }: { milliseconds: number }, { threads, relaxed, block }: Setup): Cases {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from(
    { length: threads },
    () => new Worker(besideThis('limit-worker'), { workerData: { gate, threads, relaxed, milliseconds } }),
  );
  for (const worker of workers) worker.unref();

  const loop = async () => {
    Atomics.store(gate, 0, 0);
    const rates = await Promise.all(workers.map(ratesOf));
    // Each worker measures the same loop at the same time; what counts is what they reach together.
    return Math.max(
      ...Object.keys(rates[0]).map((name) => rates.reduce((sum, each) => sum + each[Number(name)], 0)),
    );
  };

  const a = randomUniform([square.m, square.k], -1, 1, 'float32', 1);
  const b = randomUniform([square.k, square.n], -1, 1, 'float32', 2);
  const multiply = () => dispose(matMul(a, b));
  multiply();
  const product = async () => operations(square) / (1e6 * (await timePerRepetition(multiply, block)));
  return { loop: { read: loop }, product: { read: product } };
}

/** The rate of each loop in one worker, by its number of accumulators. */
const ratesOf = (worker: Worker) =>
  new Promise<Record<number, number>>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (rates) => {
      worker.off('error', reject);
      resolve(rates);
    });
    worker.postMessage('measure');
  });
