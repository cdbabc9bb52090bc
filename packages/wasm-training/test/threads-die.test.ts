// Workers that are ended, and kernels that trap, at random moments: one clear error at most, later results are right, and
// nothing hangs.
import { Worker } from 'node:worker_threads';
import { createRng, FeedalignError } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Engine, startEngine } from '../src/engine.js';
import { setThreads, trainingEngine } from '../src/index.js';
import type { WasmBackend } from '../src/tfjs/backend.js';

const kills = process.env.FEEDALIGN_ATTACK === 'full' ? 500 : 40;

interface Ended {
  readonly threadId: number;
  readonly ready: Promise<unknown>;
  terminate(): Promise<number>;
}
const workers: Ended[] = [];
/** What the next workers run in place of their own program. */
let program: string | undefined;

/** Takes a part of a task and ends without having done it. */
const thief = `
const { parentPort, workerData } = require('node:worker_threads');
const { memory, control } = workerData;
parentPort.postMessage('ready');
const tickets = new BigInt64Array(memory.buffer);
for (let isTaken = false, end = Date.now() + 20_000; !isTaken && Date.now() < end; ) {
  const ticket = Atomics.load(tickets, control >>> 3);
  isTaken =
    (ticket & 0xffffffffn) > 0n && Atomics.compareExchange(tickets, control >>> 3, ticket, ticket - 1n) === ticket;
}`;

beforeAll(async () => {
  const { getBuiltinModule } = process;
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) => {
    const module = getBuiltinModule.call(process, name as 'node:worker_threads');
    if (name !== 'node:worker_threads') return module;
    class Captured extends Worker {
      private readonly isThief: boolean;
      readonly ready = new Promise((resolve) => this.once('message', resolve));
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(program ?? given[0], given[1]);
        this.isThief = program !== undefined;
        workers.push(this);
      }
      /** A thief goes on for a while. */
      override terminate() {
        return this.isThief ? Promise.resolve(0) : super.terminate();
      }
    }
    return { ...module, Worker: Captured };
  }) as typeof getBuiltinModule);
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  setThreads(3);
  await tf.setBackend('wasm');
});
afterAll(() => vi.restoreAllMocks());

const rng = createRng(7);
const a = () => tf.tensor(rng.normal(300 * 200), [300, 200]);
const b = () => tf.tensor(rng.normal(200 * 260), [200, 260]);

/** The product, and whether it is that of plain loops at some places. */
function isRight(): boolean {
  return tf.tidy(() => {
    const [left, right] = [a(), b()];
    const [x, y, found] = [left, right, tf.matMul(left, right)].map((each) => each.dataSync());
    return [0, 77, 133, 299].every((row) => {
      const column = (row * 7) % 260;
      let sum = 0;
      for (let k = 0; k < 200; k++) sum += x[row * 200 + k] * y[k * 260 + column];
      return Math.abs(found[row * 260 + column] - sum) < 1e-2;
    });
  });
}

it(`${kills} workers that end at random moments`, async () => {
  expect(trainingEngine()?.threads).toBe(3);
  let errors = 0;
  let ended = 0;
  for (let kill = 0; kill < kills; kill++) {
    setThreads(2 + (kill % 2));
    // Right results before, with everybody there.
    expect(isRight()).toBe(true);
    const victim = workers.filter((worker) => worker.threadId > 0).at(-1 - (kill % 2));
    if (victim) ended++;
    // Told to end now, it ends while the tasks that follow are on their way.
    const isOver = victim?.terminate();
    for (let task = 0; task < 5; task++) {
      try {
        expect(isRight()).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(FeedalignError);
        expect((error as FeedalignError).code).toBe('engine-failed');
        errors++;
      }
    }
    await isOver;
    // Ends that come too often are the end of threads.
    await new Promise((resolve) => setTimeout(resolve, 40 + (kill % 3)));
    expect(isRight()).toBe(true);
  }
  expect(errors).toBeLessThanOrEqual(kills);
  expect(ended).toBeGreaterThan(kills / 4);
  expect(trainingEngine()?.threads).toBeGreaterThan(1);
});

it('a worker that ends with a part of a task in its hands is one error, and its place is taken', async () => {
  setThreads(1);
  program = thief;
  setThreads(6);
  program = undefined;
  const thieves = workers.slice(-3);
  await Promise.all(thieves.map(({ ready }) => ready));
  for (const worker of thieves) void worker.terminate();
  // Until one of them is scheduled while there is a task.
  const tasks = () => {
    for (let task = 0; task < 20_000; task++) expect(isRight()).toBe(true);
  };
  expect(tasks).toThrow(expect.objectContaining({ code: 'engine-failed' }));
  for (let task = 0; task < 20; task++) expect(isRight()).toBe(true);
});

it('a kernel that traps, in this thread or in another, is one error, and the next one is right', () => {
  setThreads(3);
  const options = { threads: 3, relaxed: false, grain: 1 };
  const engine = startEngine(tf.backend() as unknown as WasmBackend, options) as Engine;
  const beyond = 0xfffffff0;
  for (let trap = 0; trap < 10; trap++) {
    const parts = 1 + (trap % 8);
    expect(() => engine.run('sumRows', parts, beyond | 0, beyond | 0, 1000, 1000, 1, 0)).toThrow(
      expect.objectContaining({ code: 'engine-failed' }),
    );
    expect(isRight()).toBe(true);
    const out = engine.output([1000]);
    const x = tf.ones([1000, 1000]);
    engine.run('sumRows', 8, engine.at(x), engine.at(out), 1000, 1000, 1, 0);
    const sums = engine.memory.floats().slice(engine.at(out) >>> 2, (engine.at(out) >>> 2) + 1000);
    expect(sums.every((value) => value === 1000)).toBe(true);
    x.dispose();
  }
  engine.pool.stop();
});
