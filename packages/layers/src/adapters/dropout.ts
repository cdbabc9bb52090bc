import { noise } from '@feedalign/backend';
import type { Operation, Recorded } from '@feedalign/core';
import { add, floor, mul, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Adapter } from '../adapter.js';

/**
 * Dropout: y = x ⊙ m/(1 − rate), m redrawn each step; the identity outside of training.
 *
 * The mask comes from the run's seed, by step and layer, and not from the layer's own `seed`, which in tfjs gives
 * the same mask at every step.
 */
export const dropout: Adapter = ({ config }): Operation<Tensor | undefined> | undefined => {
  const rate = config.rate as number;
  if (config.noiseShape) return undefined;
  const passed = ({ saved }: Recorded<Tensor | undefined>, value: Tensor) =>
    saved ? mul(value, saved) : value;
  return {
    parameters: [],
    apart: Number.POSITIVE_INFINITY,
    forward: (inputs, { training, rng }) => {
      if (!training || rate <= 0 || rate >= 1) return { inputs, output: inputs[0] };
      const mask = tidy(() => {
        // u − rate lies between −1 and 1: its floor is 0 where u ≥ rate and −1 elsewhere. Comparisons are slow on WASM.
        const kept = add(floor(sub(noise(rng(), inputs[0].shape, 'uniform'), rate)), 1);
        return mul(kept, 1 / (1 - rate));
      });
      return { inputs, output: mul(inputs[0], mask), saved: mask };
    },
    inputGradient: passed,
    tangent: passed,
  };
};
