import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, describe, expect, it } from 'vitest';
import { ownKernel } from '../src/tfjs/own-kernel.js';

const name = 'FeedalignOwnKernelTest';
const register = (backendName: string) =>
  tf.registerKernel({ kernelName: name, backendName, kernelFunc: () => [] });

describe('a kernel of ours, where tfjs keeps its kernels', () => {
  afterEach(() => {
    for (const backend of ['cpu', 'other']) {
      if (tf.getKernel(name, backend)) tf.unregisterKernel(name, backend);
    }
  });

  it('is there as soon as, and as long as, tfjs has it for the backend in use', async () => {
    await tf.setBackend('cpu');
    const kernel = ownKernel(name);
    expect(kernel.isThere()).toBe(false);
    register('other');
    expect(kernel.isThere()).toBe(false);
    register('cpu');
    expect(kernel.isThere()).toBe(true);
    tf.unregisterKernel(name, 'cpu');
    expect(kernel.isThere()).toBe(false);
  });

  it('is looked up in the registry that `getKernel` reads', () => {
    const { _tfGlobals: globals } = globalThis as { _tfGlobals?: Map<string, Map<string, object>> };
    register('cpu');
    expect(globals?.get('kernelRegistry')?.get(`cpu_${name}`)).toBe(tf.getKernel(name, 'cpu'));
  });
});
