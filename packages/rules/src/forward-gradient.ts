import { noise, scaleExamples } from '@feedalign/backend';
import { type Network, parametersIn, type Rng, sumOf, type Teaches, type Unit } from '@feedalign/core';
import { div, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { type OptionsSchema, oneOf, wholeFrom } from './options.js';

/** What forward gradients have in common. */
export interface ForwardGradientOptions {
  /** How v is drawn: 'normal' N(0, 1) (default), or 'rademacher' ±1, whose estimates vary less. */
  readonly noise?: 'normal' | 'rademacher';
  /** k: directions in each step, over whose estimates the mean is taken. Default 1. */
  readonly directions?: number;
}

export const forwardGradientOptions: OptionsSchema<ForwardGradientOptions> = {
  noise: oneOf(['normal', 'rademacher']),
  directions: wholeFrom(1),
};

/** The units that are taught, by their places. */
export interface TaughtUnits {
  readonly [name: string]: readonly number[];
  readonly units: readonly number[];
}

export const taughtUnits = (network: Network, teaches: Teaches = () => true): TaughtUnits => ({
  units: network.units.filter(teaches).map(({ index }) => index),
});

/** Whether anything of a unit learns now: noise elsewhere would only make estimates vary more. */
export const learnsNow = (unit: Unit): boolean => parametersIn(unit).some(({ trainable }) => trainable);

/** v of one direction, at one place of the network. */
export const drawn = (
  rng: Rng,
  [direction, place]: readonly [direction: number, place: number],
  shape: readonly number[],
  distribution: 'normal' | 'rademacher',
): Tensor => noise(rng.stream(direction).stream(place), shape, distribution);

/** Each part of each example times its derivative, [N·parts], or all times that of all together, [1]. */
export function timesDerivative(x: Tensor, derivative: Tensor): Tensor {
  if (derivative.size === 1) return mul(x, derivative);
  if (derivative.size === x.shape[0]) return scaleExamples({ x, factors: derivative }, {});
  const parts = reshape(x, [derivative.size, x.size / derivative.size]);
  return reshape(scaleExamples({ x: parts, factors: derivative }, {}), x.shape);
}

export function meanOf(terms: readonly Tensor[]): Tensor {
  return terms.length === 1 ? terms[0] : div(sumOf(terms) as Tensor, terms.length);
}
