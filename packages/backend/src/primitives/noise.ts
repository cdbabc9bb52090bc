import type { Rng } from '@feedalign/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';

export type Distribution = 'normal' | 'uniform' | 'rademacher';

const draws: Record<Distribution, (rng: Rng, count: number) => Float32Array> = {
  normal: (rng, count) => rng.normal(count),
  uniform: (rng, count) => rng.uniform(count),
  rademacher: (rng, count) => rng.rademacher(count),
};

/**
 * Seeded noise of the given shape: N(0, 1), U[0, 1) or ±1. The numbers come from `rng`, never from the backend,
 * so that a seed means the same everywhere.
 */
export function noise(rng: Rng, shape: readonly number[], distribution: Distribution): Tensor {
  const count = shape.reduce((size, dimension) => size * dimension, 1);
  return tensor(draws[distribution](rng, count), [...shape], 'float32');
}
