import { trainingEngine } from '@feedalign/wasm-training';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { type Outcome, trainBoth } from './training.js';

export interface Report extends Outcome {
  readonly engine: ReturnType<typeof trainingEngine>;
  readonly isIsolated: boolean;
  readonly cores: number;
  readonly error?: string;
}

/** As tfjs' README has it for bundlers. The .wasm of `@feedalign/wasm-training` needs no such thing. */
async function startWasm(): Promise<void> {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
  if (!(await tf.setBackend('wasm'))) throw new Error('the WASM backend did not start');
}

/** Starts the backend, trains, and tells. */
export async function report(): Promise<Report> {
  const machine = { isIsolated: globalThis.crossOriginIsolated, cores: navigator.hardwareConcurrency };
  try {
    await startWasm();
    return { ...(await trainBoth()), engine: trainingEngine(), ...machine };
  } catch (error) {
    return { stock: [], dfa: [], engine: undefined, ...machine, error: String(error) };
  }
}
