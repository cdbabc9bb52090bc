import { env } from '@tensorflow/tfjs-core';

// Set-up of each test file when `npm run test:matrix` runs it: the flags from which the WASM engine starts.

const flags = {
  WASM_TRAINING_THREADS: process.env.FEEDALIGN_TEST_THREADS,
  WASM_TRAINING_RELAXED_SIMD: process.env.FEEDALIGN_TEST_RELAXED,
};

for (const [name, text] of Object.entries(flags)) {
  if (text === undefined) continue;
  const value = JSON.parse(text) as number | boolean;
  // The package that reads the flag registers it too; a value that was set before then stays.
  env().registerFlag(name, () => value);
  env().set(name, value);
}
