import { FeedalignError, type Rng } from '@feedalign/core';

/** What a feedback matrix is drawn for: how many numbers enter and leave it. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

interface Distribution {
  readonly title: string;
  /** Variance of one entry, at scale 1. */
  variance(fans: Fans): number;
  draw(rng: Rng, count: number, fans: Fans): Float32Array;
}

const normal = (deviation: (fans: Fans) => number): Pick<Distribution, 'variance' | 'draw'> => ({
  variance: (fans) => deviation(fans) ** 2,
  draw: (rng, count, fans) => rng.normal(count, 0, deviation(fans)),
});

const uniform = (limit: (fans: Fans) => number): Pick<Distribution, 'variance' | 'draw'> => ({
  variance: (fans) => limit(fans) ** 2 / 3,
  draw: (rng, count, fans) => rng.uniform(count, -limit(fans), limit(fans)),
});

/** How feedback can be drawn, by name. Fan-in and fan-out are those of the feedback matrix. */
export const distributions = {
  uniform: {
    title: 'U(±1/√fan-out), variance 1/(3 fan-out)',
    ...uniform(({ fanOut }) => 1 / Math.sqrt(fanOut)),
  },
  normal: { title: 'N(0, 1/fan-out)', ...normal(({ fanOut }) => 1 / Math.sqrt(fanOut)) },
  'xavier-uniform': {
    title: 'U(±√(6/(fan-in + fan-out))), variance 2/(fan-in + fan-out)',
    ...uniform(({ fanIn, fanOut }) => Math.sqrt(6 / (fanIn + fanOut))),
  },
  'xavier-normal': {
    title: 'N(0, 2/(fan-in + fan-out))',
    ...normal(({ fanIn, fanOut }) => Math.sqrt(2 / (fanIn + fanOut))),
  },
  'kaiming-uniform': {
    title: 'U(±√(6/fan-in)), variance 2/fan-in',
    ...uniform(({ fanIn }) => Math.sqrt(6 / fanIn)),
  },
  'kaiming-normal': { title: 'N(0, 2/fan-in)', ...normal(({ fanIn }) => Math.sqrt(2 / fanIn)) },
  'unit-uniform': {
    title: 'U[0, 1), mean 1/2, variance 1/12',
    variance: () => 1 / 12,
    draw: (rng, count) => rng.uniform(count),
  },
} satisfies Record<string, Distribution>;

export type DistributionName = keyof typeof distributions;

/**
 * `count` entries of a feedback matrix, times `scale`.
 *
 * @throws FeedalignError `unknown-name` for a distribution that is not in the table
 */
export function drawFeedback(
  rng: Rng,
  count: number,
  fans: Fans,
  distribution: DistributionName,
  scale: number,
): Float32Array {
  const { draw } = distributionNamed(distribution);
  const values = draw(rng, count, fans);
  return scale === 1 ? values : values.map((value) => value * scale);
}

export function distributionNamed(name: string): Distribution {
  if (Object.hasOwn(distributions, name)) return distributions[name as DistributionName];
  throw new FeedalignError(
    'unknown-name',
    `There is no feedback distribution '${name}'.`,
    `Use one of ${Object.keys(distributions).join(', ')}.`,
  );
}

/** The fans of a kernel of tfjs' layout: […window, in, out]. */
export function fansOfKernel(shape: readonly number[]): Fans {
  const window = shape.slice(0, -2).reduce((size, dimension) => size * dimension, 1);
  return { fanIn: window * shape[shape.length - 2], fanOut: window * shape[shape.length - 1] };
}
