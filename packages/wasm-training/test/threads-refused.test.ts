// Where worker threads cannot start, one thread does the work, and says so once.
import { EventEmitter } from 'node:events';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { setThreads, trainingEngine } from '../src/index.js';

/** Worker threads as a program gets them that may not have any. */
class Refused {
  constructor() {
    throw new Error('Access to this API has been restricted');
  }
}

/** Worker threads that are made and then fail. */
class Failing extends EventEmitter {
  unref() {
    setTimeout(() => this.emit('error', new Error('out of memory')), 1);
  }
  terminate() {}
}

const { getBuiltinModule } = process;
function withWorkers(Worker: unknown) {
  const given = (name: string) =>
    name === 'node:worker_threads' ? { Worker } : getBuiltinModule.call(process, name);
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(given as typeof getBuiltinModule);
  return vi.spyOn(console, 'warn').mockImplementation(() => {});
}

const { factory } = tf.engine().registryFactory.wasm;
afterEach(() => {
  vi.restoreAllMocks();
  // The next backend starts anew.
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory);
});

it.each([
  ['refused', Refused, 'Access to this API has been restricted'],
  ['failing', Failing, 'out of memory'],
])('%s', async (_name, Worker, reason) => {
  const warned = withWorkers(Worker);
  setThreads(3);
  await tf.setBackend('wasm');
  expect(trainingEngine()?.threads).toBe(1);
  const told = warned.mock.calls.flat().filter((text) => String(text).includes('feedalign'));
  expect(told.length).toBe(1);
  expect(told[0]).toContain(reason);
  tf.tidy(() => {
    const product = tf.matMul(tf.ones([300, 200]), tf.ones([300, 400]), true);
    expect(product.dataSync().every((value) => value === 300)).toBe(true);
  });
});
