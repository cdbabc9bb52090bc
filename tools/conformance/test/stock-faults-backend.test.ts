import '@tensorflow/tfjs-layers';
import { useBackend } from '@feedalign/backend';
import { beforeAll, expect } from 'vitest';
import { onEveryFault } from './stock-faults.js';

beforeAll(async () => {
  for (const backend of ['wasm', 'cpu'] as const) await useBackend(backend);
});

onEveryFault('is right once useBackend has chosen a backend', (fault) => {
  expect(fault.error()).toBeLessThan(1e-3);
});
