import { getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { explicitSteps, type StepGiven } from '../explicit-step.js';
import type { Cases } from '../tasks.js';

/** Milliseconds within kernels so far, and how many of them are running inside each other. */
const clock = { inside: 0, depth: 0 };

/**
 * The time of a step outside of kernels, in µs a unit: the whole step less the time within the functions that tfjs'
 * registry holds. They are wrapped in this process only; a kernel that calls another is counted once. The wrapping
 * itself takes some 0.1 µs a kernel, which counts as outside.
 */
export async function outside(given: StepGiven & { steps: number }): Promise<Cases> {
  const steps = await explicitSteps(given);
  for (const { run } of steps) for (let i = 0; i < given.steps; i++) run();
  wrapKernels();
  return Object.fromEntries(
    steps.map(({ rule, units, run }) => {
      const read = () => {
        clock.inside = 0;
        const start = performance.now();
        for (let i = 0; i < given.steps; i++) run();
        const outside = performance.now() - start - clock.inside;
        return (1000 * outside) / (given.steps * units);
      };
      return [rule, { read }];
    }),
  );
}

function wrapKernels(): void {
  for (const kernel of getKernelsForBackend('wasm')) {
    unregisterKernel(kernel.kernelName, 'wasm');
    registerKernel({
      ...kernel,
      // The backend has run every set-up already.
      setupFunc: undefined,
      kernelFunc: (given) => {
        const start = performance.now();
        clock.depth++;
        try {
          return kernel.kernelFunc(given);
        } finally {
          if (--clock.depth === 0) clock.inside += performance.now() - start;
        }
      },
    });
  }
}
