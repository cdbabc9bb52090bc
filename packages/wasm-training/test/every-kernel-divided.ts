// Imported first: kernels are divided among threads however little they have to do.
import { env } from '@tensorflow/tfjs-core';

env().registerFlag('WASM_TRAINING_GRAIN', () => 1);
env().set('WASM_TRAINING_GRAIN', 1);
