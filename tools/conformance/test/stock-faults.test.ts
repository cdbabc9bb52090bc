import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import '@feedalign/wasm-training';
import { expect } from 'vitest';
import { onEveryFault } from './stock-faults.js';

onEveryFault(
  'is right where @feedalign/wasm-training is imported',
  (fault) => {
    expect(fault.error()).toBeLessThan(1e-3);
  },
  ['wasm'],
);
