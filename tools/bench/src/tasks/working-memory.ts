import { memory, profile } from '@tensorflow/tfjs-core';
import { explicitSteps, type StepGiven } from '../explicit-step.js';
import type { Cases } from '../tasks.js';

/** MiB of tensors that a computed step has at once, beside the weights, the batch and what else was there before. */
export async function workingMemory(given: StepGiven): Promise<Cases> {
  const steps = await explicitSteps({ ...given, repeats: false });
  return Object.fromEntries(
    steps.map(({ rule, run }) => {
      const read = async () => {
        run();
        const before = memory().numBytes;
        const { peakBytes } = await profile(run);
        return (peakBytes - before) / 2 ** 20;
      };
      return [rule, { read }];
    }),
  );
}
