import { add, mul, rsqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';
import { meanOver } from './reduction.js';

export interface NormalizationAttributes {
  /** The axes over which mean and variance are taken. */
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/**
 * x̂ = (x − mean)·r, r = 1/√(variance + ε), with the biased variance.
 *
 * @returns [x̂, r, mean, variance]; the last three have one place at each of `axes`
 */
export const normalize = primitive(
  'Normalize',
  ({ x }: { x: Tensor }, { axes, epsilon }: NormalizationAttributes): Tensor[] => {
    const mean = meanOver(x, axes);
    const centred = sub(x, mean);
    const variance = meanOver(square(centred), axes);
    const reciprocal = rsqrt(add(variance, epsilon));
    return [mul(centred, reciprocal), reciprocal, mean, variance];
  },
);

/** The signal at x, given the signal g at x̂: r·(g − mean(g) − x̂·mean(g ⊙ x̂)). */
export const normalizeGradient = primitive(
  'NormalizeGradient',
  (
    { signal, normalized, reciprocal }: { signal: Tensor; normalized: Tensor; reciprocal: Tensor },
    { axes }: Pick<NormalizationAttributes, 'axes'>,
  ): Tensor => {
    const along = mul(normalized, meanOver(mul(signal, normalized), axes));
    return mul(reciprocal, sub(sub(signal, meanOver(signal, axes)), along));
  },
);
