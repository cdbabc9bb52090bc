import { createRng, type Rng } from '@feedalign/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';

export type Distribution = 'normal' | 'uniform' | 'rademacher';

/** A place in a stream of random numbers, as `Rng.reserve` gives it, and what is made of the numbers there. */
export interface NoiseAttributes extends Readonly<ReturnType<Rng['reserve']>> {
  readonly shape: readonly number[];
  readonly distribution: Distribution;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

const draw = primitive(
  'Noise',
  (_inputs: object, { shape, distribution, ...place }: NoiseAttributes): Tensor =>
    tensor(createRng(place)[distribution](sizeOf(shape)), [...shape], 'float32'),
);

/**
 * Seeded noise of the given shape, float32: N(0, 1), U[0, 1) or ±1.
 *
 * The numbers are those that `rng` would draw, and it goes on after them: a seed means the same on every engine.
 * Uniform numbers and signs are equal bit for bit; normal ones agree to 2·10⁻⁶, since an engine may compute logarithm,
 * sine and cosine in single precision.
 *
 * @example
 * ```ts
 * const mask = greaterEqual(noise(createRng(1).stream('mask'), [128, 64], 'uniform'), 0.5);
 * ```
 */
export function noise(rng: Rng, shape: readonly number[], distribution: Distribution): Tensor {
  return draw({}, { ...rng.reserve(sizeOf(shape)), shape, distribution });
}
