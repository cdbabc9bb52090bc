import { FeedalignError } from '@feedalign/core';
import { add, mul, rsqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';
import { meanOver, sumOver } from './reduction.js';

export interface NormalizationAttributes {
  /** The axes over which mean and variance are taken. */
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/** What is normalized; γ and β broadcast against x. */
interface NormalizeInputs {
  readonly x: Tensor;
  readonly gamma?: Tensor;
  readonly beta?: Tensor;
}

/** What the way back needs: the signal at y, and x with its statistics, which have one place at each of `axes`. */
interface BackwardInputs {
  readonly signal: Tensor;
  readonly x: Tensor;
  readonly mean: Tensor;
  readonly reciprocal: Tensor;
}

/** @throws FeedalignError `invalid-option` for axes that x has not, or that are named twice */
function checkAxes(name: string, { rank }: Tensor, axes: readonly number[]): void {
  const isThere = (axis: number) => Number.isInteger(axis) && axis >= 0 && axis < rank;
  if (axes.every(isThere) && new Set(axes).size === axes.length) return;
  throw new FeedalignError(
    'invalid-option',
    `${name} was given the axes ${axes.join(', ')} of a tensor with ${rank}.`,
    'Axes are counted from 0, and each is named once.',
  );
}

const normalizedBy = (x: Tensor, mean: Tensor, reciprocal: Tensor) => mul(sub(x, mean), reciprocal);

/**
 * y = γ ⊙ x̂ + β, x̂ = (x − mean)·r, r = 1/√(variance + ε), with the biased variance.
 *
 * @returns [y, r, mean, variance]; the last three have one place at each of `axes`
 */
export const normalize = primitive(
  'Normalize',
  {
    takes: { x: '…s', gamma: '~s?', beta: '~s?' },
    shapes: ({ x }: NormalizeInputs, { axes }: NormalizationAttributes) => {
      checkAxes('Normalize', x, axes);
      return {};
    },
  },
  ({ x, gamma, beta }: NormalizeInputs, { axes, epsilon }: NormalizationAttributes): Tensor[] => {
    const mean = meanOver(x, axes);
    const variance = meanOver(square(sub(x, mean)), axes);
    const reciprocal = rsqrt(add(variance, epsilon));
    const normalized = normalizedBy(x, mean, reciprocal);
    const scaled = gamma ? mul(normalized, gamma) : normalized;
    return [beta ? add(scaled, beta) : scaled, reciprocal, mean, variance];
  },
);

/** The signal at x, through mean and variance too: with g = signal ⊙ γ it is r·(g − mean(g) − x̂·mean(g ⊙ x̂)). */
export const normalizeGradient = primitive(
  'NormalizeGradient',
  {
    takes: { signal: '…s', x: '…s', mean: '~s', reciprocal: '~s', gamma: '~s?' },
    shapes: ({ x }: BackwardInputs & { gamma?: Tensor }, { axes }: Pick<NormalizationAttributes, 'axes'>) => {
      checkAxes('NormalizeGradient', x, axes);
      const statistics = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      return { mean: statistics, reciprocal: statistics };
    },
  },
  (
    { signal, x, mean, reciprocal, gamma }: BackwardInputs & { gamma?: Tensor },
    { axes }: Pick<NormalizationAttributes, 'axes'>,
  ): Tensor => {
    const normalized = normalizedBy(x, mean, reciprocal);
    const g = gamma ? mul(signal, gamma) : signal;
    const along = mul(normalized, meanOver(mul(g, normalized), axes));
    return mul(reciprocal, sub(sub(g, meanOver(g, axes)), along));
  },
);

/** ∂L/∂γ = Σ signal ⊙ x̂ over the axes that share a place of γ; each is left with one place. */
export const normalizeScaleGradient = primitive(
  'NormalizeScaleGradient',
  {
    takes: { signal: '…s', x: '…s', mean: '~s', reciprocal: '~s' },
    shapes: ({ x }: BackwardInputs, { sharedAxes }: { readonly sharedAxes: readonly number[] }) => {
      checkAxes('NormalizeScaleGradient', x, sharedAxes);
      return {};
    },
  },
  (
    { signal, x, mean, reciprocal }: BackwardInputs,
    { sharedAxes }: { readonly sharedAxes: readonly number[] },
  ): Tensor => sumOver(mul(signal, normalizedBy(x, mean, reciprocal)), sharedAxes),
);
