import { availableParallelism } from 'node:os';
import { trainingEngine } from '@feedalign/wasm-training';
import { env, findBackend } from '@tensorflow/tfjs-core';

/** What the WASM backend has here. */
export interface WasmReport {
  readonly simd: boolean;
  /** Multiply and add as one instruction. */
  readonly relaxedSimd: boolean;
  /** Threads that compute, the main thread among them. */
  readonly threads: number;
  readonly cores: number;
  /** Whether threads can share the memory; more than one needs it. */
  readonly sharedMemory: boolean;
  /** How to get what is missing. */
  readonly hints: readonly string[];
}

interface WasmBackend {
  readonly wasm?: { readonly HEAPU8?: Uint8Array };
}

/** Looks at the WASM backend, which must have been started. */
export async function examineWasm(): Promise<WasmReport> {
  const { threads = 1, relaxed = false } = trainingEngine() ?? {};
  const found = {
    simd: Boolean(await env().getAsync('WASM_HAS_SIMD_SUPPORT')),
    relaxedSimd: relaxed,
    threads,
    cores: availableParallelism(),
    sharedMemory: (findBackend('wasm') as WasmBackend).wasm?.HEAPU8?.buffer instanceof SharedArrayBuffer,
  };
  return { ...found, hints: hints.filter(([isMissing]) => isMissing(found)).map(([, hint]) => hint) };
}

/** V8 has it by default from the version that Node 21 took up. */
const needsFlag = Number(process.versions.node.split('.')[0]) < 21;

const hints: readonly (readonly [(found: Omit<WasmReport, 'hints'>) => boolean, string])[] = [
  [
    ({ simd }) => !simd,
    'SIMD is switched off: leave out the flag of V8 that does it, or try another machine.',
  ],
  [
    ({ relaxedSimd }) => !relaxedSimd && needsFlag,
    'Relaxed SIMD: Node 22 and later have it. Node 20 takes a flag in front of the script, node --experimental-wasm-relaxed-simd, and not in NODE_OPTIONS; a program of your own can hand it to v8.setFlagsFromString before the backend starts.',
  ],
  [
    ({ relaxedSimd }) => !relaxedSimd && !needsFlag,
    'Relaxed SIMD: this processor or a flag of V8 keeps it off.',
  ],
  [({ threads, cores }) => threads < cores, 'Threads: leave --threads out, and every core computes.'],
  [
    ({ threads, cores }) => threads > cores,
    'Threads: more of them than cores are slower than as many as there are cores.',
  ],
];
