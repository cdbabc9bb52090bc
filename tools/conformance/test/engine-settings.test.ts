import '@tensorflow/tfjs-backend-wasm';
import { trainingEngine } from '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

const { FEEDALIGN_TEST_THREADS: threads, FEEDALIGN_TEST_RELAXED: relaxed } = process.env;

it.skipIf(!threads || !relaxed)('the matrix gets the engine that it asks for', async () => {
  await tf.setBackend('wasm');
  expect(trainingEngine()).toMatchObject({ threads: Number(threads), relaxed: relaxed === 'true' });
});
