import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stockCases } from '../src/stock-cases/index.js';
import { gradientsOf, prepare, slopeError } from '../src/stock-gradients.js';

// The side before: stock TensorFlow.js on WASM, in a process of its own in which none of our kernels is loaded.

beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterEach(() => tf.disposeVariables());

/** What becomes of a row, in one line: what it throws, or that its gradients are wrong. */
const missing = (kernel: string) => `Kernel '${kernel}' not registered for backend 'wasm'`;
const failures: Readonly<Record<string, string>> = {
  conv1d: missing('Conv2DBackpropFilter'),
  'conv2d: valid, strides': missing('Conv2DBackpropFilter'),
  'conv2d: same, strides': missing('Conv2DBackpropFilter'),
  'conv2d: one channel, 1×1': missing('Conv2DBackpropFilter'),
  conv2dTranspose: missing('Conv2DBackpropFilter'),
  separableConv2d: missing('Conv2DBackpropFilter'),
  convLstm2d: missing('Conv2DBackpropFilter'),
  depthwiseConv2d: missing('DepthwiseConv2dNativeBackpropInput'),
  embedding: missing('UnsortedSegmentSum'),
  conv3d: 'wrong gradient',
  maxPooling1d: 'wrong gradient',
  maxPooling2d: 'wrong gradient',
  maxPooling3d: 'wrong gradient',
  averagePooling1d: 'wrong gradient',
  averagePooling2d: 'wrong gradient',
  averagePooling3d: 'wrong gradient',
  'batchNormalization over another axis than the last': 'Size(24) must match the product of shape 1,4,1',
  conv3dTranspose: 'Cannot compute gradient: gradient function not found for Conv3DBackpropInputV2.',
};

function outcome(title: string): string {
  const prepared = prepare(stockCases[title]);
  try {
    return slopeError(prepared, gradientsOf(prepared)) < 2e-3 ? 'trains' : 'wrong gradient';
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

describe('stock WASM', () => {
  it('has none of our kernels', () => {
    const ours = tf
      .getKernelsForBackend('wasm')
      .filter(({ kernelName }) => kernelName.startsWith('Feedalign'));
    expect(ours).toEqual([]);
  });

  it.each(Object.keys(stockCases))('%s', (title) => {
    expect(outcome(title)).toBe(failures[title] ?? 'trains');
  });
});
