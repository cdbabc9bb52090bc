import { noise } from '@feedalign/backend';
import { type Fans, FeedalignError, type Rng } from '@feedalign/core';
import { add, mul, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { lowRank, orthogonal, sparse } from './matrices.js';

/** A feedback matrix that is to be drawn: all axes but the last are its rows. */
export interface Drawing {
  readonly shape: readonly number[];
  readonly fans: Fans;
  /** Rows and columns of the matrices that lie in it, where it falls into groups that share nothing. */
  readonly block?: readonly [rows: number, columns: number];
  /** Of 'low-rank'. Default 1. */
  readonly rank?: number;
  /** Share of each column's entries that are not zero, at least one. Default 1. */
  readonly density?: number;
}

interface Distribution {
  readonly title: string;
  /** Variance of one entry, at scale 1. */
  variance(drawing: Drawing): number;
  /** The entries, row by row. */
  draw(rng: Rng, drawing: Drawing): Float32Array;
  /** Where entries are alike and independent: entry = offset + width·z, z as this noise has it. */
  readonly entry?: {
    readonly noise: 'normal' | 'uniform';
    offset(fans: Fans): number;
    width(fans: Fans): number;
  };
}

type Drawn = Omit<Distribution, 'title'>;

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);
const matrixOf = ({ shape }: Drawing): [rows: number, columns: number] => [
  sizeOf(shape.slice(0, -1)),
  shape[shape.length - 1],
];

const normal = (deviation: (fans: Fans) => number): Drawn => ({
  variance: ({ fans }) => deviation(fans) ** 2,
  draw: (rng, { shape, fans }) => rng.normal(sizeOf(shape), 0, deviation(fans)),
  entry: { noise: 'normal', offset: () => 0, width: deviation },
});

const uniform = (limit: (fans: Fans) => number): Drawn => ({
  variance: ({ fans }) => limit(fans) ** 2 / 3,
  draw: (rng, { shape, fans }) => rng.uniform(sizeOf(shape), -limit(fans), limit(fans)),
  entry: { noise: 'uniform', offset: (fans) => -limit(fans), width: (fans) => 2 * limit(fans) },
});

/**
 * How feedback can be drawn, by name. Fan-in and fan-out are those of the feedback matrix: of F [C, d] they are C and d; B is
 * laid out as the kernel W that it stands in for, and has W's.
 */
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
    draw: (rng, { shape }) => rng.uniform(sizeOf(shape)),
    entry: { noise: 'uniform', offset: () => 0, width: () => 1 },
  },
  orthogonal: {
    title: 'orthonormal rows or columns, whichever are fewer; variance 1/max(rows, columns)',
    variance: (drawing) => 1 / Math.max(...(drawing.block ?? matrixOf(drawing))),
    draw: (rng, drawing) => {
      const matrix = matrixOf(drawing);
      const growth = Math.sqrt(Math.max(...matrix) / Math.max(...(drawing.block ?? matrix)));
      const values = orthogonal(rng, ...matrix);
      return growth === 1 ? values : values.map((value) => value * growth);
    },
  },
  'low-rank': {
    title: 'product of two normal matrices of rank `rank`, variance 1/fan-out',
    variance: ({ fans }) => 1 / fans.fanOut,
    draw: (rng, drawing) =>
      lowRank(rng, ...matrixOf(drawing), drawing.rank ?? 1, 1 / Math.sqrt(drawing.fans.fanOut)),
  },
} satisfies Record<string, Distribution>;

export type DistributionName = keyof typeof distributions;

/** How large feedback is, and how it is drawn. */
export interface Scaled {
  readonly distribution: DistributionName;
  readonly scale: number;
}

/**
 * The entries of a feedback matrix, times `scale`. A sparse one is scaled up, so that what passes it keeps its
 * variance.
 *
 * @throws FeedalignError `unknown-name` for a distribution that is not in the table
 */
export function drawFeedback(rng: Rng, drawing: Drawing, { distribution, scale }: Scaled): Float32Array {
  const values = distributionNamed(distribution).draw(rng, drawing);
  const scaled = scale === 1 ? values : values.map((value) => value * scale);
  return drawing.density === undefined || drawing.density === 1
    ? scaled
    : sparse(rng.stream('places'), scaled, matrixOf(drawing)[1], drawing.density);
}

/** The same as a tensor that is wanted for one step: the engine draws it where it can. */
export function drawOnce(rng: Rng, drawing: Drawing, { distribution, scale }: Scaled): Tensor {
  const { entry } = distributionNamed(distribution);
  if (!entry) return tensor(drawFeedback(rng, drawing, { distribution, scale }), [...drawing.shape]);
  const values = mul(noise(rng, drawing.shape, entry.noise), scale * entry.width(drawing.fans));
  const offset = scale * entry.offset(drawing.fans);
  return offset === 0 ? values : add(values, offset);
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
  const window = sizeOf(shape.slice(0, -2));
  return { fanIn: window * (shape.at(-2) ?? 1), fanOut: window * (shape.at(-1) ?? 1) };
}

/** Feedback of the shape of a kernel, whose fans are those that its layer says. */
export function drawingFor(shape: readonly number[], fans = fansOfKernel(shape)): Drawing {
  const { window = sizeOf(shape.slice(0, -2)) } = fans;
  const block = [fans.fanIn, fans.fanOut / window] as const;
  // A kernel in groups (depthwise: a group for each channel) has more numbers than one group's matrix.
  const isGrouped = sizeOf(shape) > block[0] * block[1];
  return { shape, fans, ...(isGrouped && { block }) };
}
