import { createRng, numberNow, type Rng, type Scalar, signsPerBlock, slot } from '@feedalign/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';

export type Distribution = 'normal' | 'uniform' | 'rademacher';

/** A place in a stream of random numbers, as `Rng.reserve` gives it, and what is made of the numbers there. */
export interface NoiseAttributes {
  /** Two words of 32 bits; of numbers that differ from step to step, read in each. */
  readonly key: readonly [Scalar, Scalar];
  readonly counter: number;
  readonly shape: readonly number[];
  readonly distribution: Distribution;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

const draw = primitive(
  'Noise',
  { takes: {} },
  (_inputs: object, { shape, distribution, key, counter }: NoiseAttributes): Tensor => {
    const rng = createRng({ key: [numberNow(key[0]), numberNow(key[1])], counter });
    return tensor(rng[distribution](sizeOf(shape)), [...shape], 'float32');
  },
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
  const { key, keyNow, counter } = rng.reserve(
    sizeOf(shape),
    distribution === 'rademacher' ? signsPerBlock : undefined,
  );
  const words = keyNow ? ([slot(() => keyNow()[0]), slot(() => keyNow()[1])] as const) : key;
  return draw({}, { key: words, counter, shape, distribution });
}
