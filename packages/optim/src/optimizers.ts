import type { Optimizer } from '@feedalign/core';
import { chain, type OptimizerState, type Transformation } from './chain.js';
import {
  type AdamLinkOptions,
  addDecayedWeights,
  type RmsLinkOptions,
  scaleByAdam,
  scaleByLearningRate,
  scaleByMomentum,
  scaleByRms,
} from './links.js';
import type { Schedule } from './schedules.js';

export interface CommonOptions {
  /** η, a number or a schedule over steps. */
  readonly learningRate: number | Schedule;
  /** Decoupled weight decay: W ← W − η·weightDecay·W before each step, biases and scales too. Default 0. */
  readonly weightDecay?: number;
}

/** An optimizer of this name: what scales the gradients, then decay, then the learning rate. */
const recipe = (
  name: string,
  scaled: readonly Transformation[],
  { learningRate, weightDecay = 0 }: CommonOptions,
): Optimizer<OptimizerState> => ({
  ...chain(...scaled, addDecayedWeights(weightDecay), scaleByLearningRate(learningRate)),
  name,
});

export interface SgdOptions extends CommonOptions {
  /** μ. Default 0. */
  readonly momentum?: number;
  /** Look ahead along the velocity. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: W ← W − η·g; with momentum v ← μ·v + g, W ← W − η·v, and after Nesterov
 * W ← W − η·(g + μ·v).
 *
 * Without momentum the gradient is added to the weights in place and never becomes a tensor of its own.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: cosine(0.1, { steps: 5000 }), momentum: 0.9, nesterov: true });
 * ```
 */
export const sgd = ({ momentum = 0, nesterov = false, ...common }: SgdOptions): Optimizer<OptimizerState> =>
  recipe('sgd', momentum === 0 ? [] : [scaleByMomentum(momentum, { nesterov })], common);

/** `decay` is 0.99 by default, as in PyTorch and the papers' codes; tfjs has 0.9. */
export interface RmspropOptions extends CommonOptions, RmsLinkOptions {}

/** RMSprop: s ← ρ·s + (1 − ρ)·g², W ← W − η·g/(√s + ε). Source: Tieleman and Hinton, 2012. */
export const rmsprop = ({ decay, epsilon, ...common }: RmspropOptions): Optimizer<OptimizerState> =>
  recipe('rmsprop', [scaleByRms({ decay, epsilon })], common);

export interface AdamOptions extends CommonOptions, AdamLinkOptions {}

/**
 * Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², W ← W − η·m̂/(√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 *
 * Source: Kingma and Ba, ICLR 2015. A `weightDecay` here is decoupled too; `adamw` only has it on by default.
 */
export const adam = ({ beta1, beta2, epsilon, ...common }: AdamOptions): Optimizer<OptimizerState> =>
  recipe('adam', [scaleByAdam({ beta1, beta2, epsilon })], common);

/** Adam with decoupled weight decay, 0.01 by default. Source: Loshchilov and Hutter, ICLR 2019. */
export const adamw = ({ weightDecay = 0.01, ...options }: AdamOptions): Optimizer<OptimizerState> => ({
  ...adam({ weightDecay, ...options }),
  name: 'adamw',
});

/** The optimizers by name: what the CLI and the demo offer. */
export const optimizers = { sgd, rmsprop, adam, adamw } as const;

export type OptimizerName = keyof typeof optimizers;
