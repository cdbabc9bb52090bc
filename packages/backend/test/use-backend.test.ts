import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BackendName, backends, useBackend } from '../src/index.js';

const failing = (name: string) => useBackend(name as BackendName).catch((error) => error);

afterEach(() => {
  vi.restoreAllMocks();
  for (const name of ['webgl', 'webgpu']) if (tf.findBackendFactory(name)) tf.removeBackend(name);
});

describe('useBackend', () => {
  it.each([
    ['wasm', 'wasm'],
    ['cpu', 'cpu'],
    ['auto', 'wasm'],
    [undefined, 'wasm'],
  ] as const)('%s starts %s', async (name, expected) => {
    await useBackend(expected === 'wasm' ? 'cpu' : 'wasm');
    const { backend, threads } = await useBackend(name);
    expect(backend).toBe(expected);
    expect(tf.getBackend()).toBe(expected);
    expect(Number.isInteger(threads) && threads >= 1).toBe(true);
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  });

  it('says that plain JavaScript has one thread', async () => {
    expect(await useBackend('cpu')).toEqual({ backend: 'cpu', threads: 1 });
  });

  it.each(['tpu', 'tensorflow', 'toString', ''])(
    "refuses the name '%s', and tells the names there are",
    async (name) => {
      await useBackend('cpu');
      const error = await failing(name);
      expect(error).toMatchObject({ name: 'FeedalignError', code: 'unknown-name' });
      for (const known of ['auto', ...Object.keys(backends)]) expect(error.message).toContain(known);
      expect(tf.getBackend()).toBe('cpu');
    },
  );

  it('refuses a backend that cannot run here, and goes on with the one in use', async () => {
    await useBackend('cpu');
    const tensor = tf.tensor1d([1, 2]);
    expect(await failing('webgl')).toMatchObject({ code: 'backend-unavailable' });
    expect(tf.getBackend()).toBe('cpu');
    expect([...tf.add(tensor, 1).dataSync()]).toEqual([2, 3]);
  });

  it.each(['cpu', 'wasm'] as const)('goes on with %s where another one fails as it starts', async (inUse) => {
    await useBackend('wasm');
    await useBackend(inUse);
    const tensor = tf.tensor1d([1, 2]);
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    tf.registerBackend('webgl', () => {
      throw new Error('no context');
    });
    tf.registerBackend('webgpu', () => Promise.reject(new Error('no adapter')));
    for (const name of ['webgl', 'webgpu']) {
      expect(await failing(name)).toMatchObject({ code: 'backend-unavailable' });
      expect(tf.getBackend()).toBe(inUse);
      expect([...tf.add(tensor, 1).dataSync()]).toEqual([2, 3]);
    }
  });
});
