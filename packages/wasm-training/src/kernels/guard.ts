import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernel.js';

/** Between the two, kernels change variables only if the loss is finite. */
export const guards: Kernels = (engine) => ({
  FeedalignGuard: ({ loss }: { loss: TensorInfo }) => {
    engine.guard(loss);
    return [];
  },

  FeedalignUnguard: () => {
    engine.unguard();
    return [];
  },
});
