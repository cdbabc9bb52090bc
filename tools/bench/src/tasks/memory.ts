import { engine } from '@tensorflow/tfjs-core';
import { explicitSteps, type StepGiven } from '../explicit-step.js';
import type { Cases } from '../tasks.js';

/** Bytes by which the backend's memory has grown after 100 steps, counted from the first. WASM memory never shrinks. */
export async function memory(given: StepGiven): Promise<Cases> {
  const steps = await explicitSteps(given);
  return Object.fromEntries(
    steps.map(({ rule, run }) => {
      const read = () => {
        run();
        const first = bytes();
        for (let step = 2; step <= 100; step++) run();
        return bytes() - first;
      };
      return [rule, { read }];
    }),
  );
}

function bytes(): number {
  const { wasm } = engine().backend as unknown as {
    wasm: { asm?: { memory?: WebAssembly.Memory }; HEAPU8: Uint8Array };
  };
  // A view that was made before the memory grew would still have its old length.
  return (wasm.asm?.memory?.buffer ?? wasm.HEAPU8.buffer).byteLength;
}
