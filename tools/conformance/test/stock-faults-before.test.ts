import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { onEveryFault } from './stock-faults.js';

// The side before: stock TensorFlow.js, in a process of its own in which none of our packages is loaded.

onEveryFault('is wrong in stock tfjs', (fault) => {
  let error: number;
  try {
    error = fault.error();
  } catch (thrown) {
    // The one whose answer has the wrong shape, which tfjs notices.
    expect((thrown as Error).message).toContain('does not match the shape of the input');
    return;
  }
  expect(error).toBeGreaterThan(0.05);
});
