import { accumulated } from '@feedalign/core';
import { add, div, mul, sqrt, square, sub, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { changingPrimitive } from '../primitive.js';

/** variable ← keep·variable + scale·value */
export const accumulateStep = changingPrimitive(
  'AccumulateStep',
  { takes: { variable: '…s', value: '…s' }, changes: ['variable'] },
  (
    { variable, value }: { variable: Variable; value: Tensor },
    { scale, keep }: { scale: number; keep: number },
  ) => ({ variable: accumulated(variable, value, scale, keep) }),
);

/** velocity ← μ·velocity + g; W ← W − η·velocity, or W − η·(g + μ·velocity) after Nesterov. */
export const momentumStep = changingPrimitive(
  'MomentumStep',
  { takes: { variable: '…s', velocity: '…s', gradient: '…s' }, changes: ['variable', 'velocity'] },
  (
    given: { variable: Variable; velocity: Variable; gradient: Tensor },
    { learningRate, momentum, nesterov }: { learningRate: number; momentum: number; nesterov: boolean },
  ) => {
    const velocity = accumulated(given.velocity, given.gradient, 1, momentum);
    const direction = nesterov ? add(given.gradient, mul(velocity, momentum)) : velocity;
    return { velocity, variable: accumulated(given.variable, direction, -learningRate, 1) };
  },
);

/** s ← ρ·s + (1 − ρ)·g²; W ← W − η·g/(√s + ε). */
export const rmspropStep = changingPrimitive(
  'RmspropStep',
  { takes: { variable: '…s', meanSquare: '…s', gradient: '…s' }, changes: ['variable', 'meanSquare'] },
  (
    given: { variable: Variable; meanSquare: Variable; gradient: Tensor },
    { learningRate, decay, epsilon }: { learningRate: number; decay: number; epsilon: number },
  ) => {
    const meanSquare = accumulated(given.meanSquare, square(given.gradient), 1 - decay, decay);
    const direction = div(given.gradient, add(sqrt(meanSquare), epsilon));
    return { meanSquare, variable: accumulated(given.variable, direction, -learningRate, 1) };
  },
);

export interface AdamInputs {
  readonly variable: Variable;
  readonly mean: Variable;
  readonly meanSquare: Variable;
  readonly gradient: Tensor;
}

export interface AdamAttributes {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Counted from 1. */
  readonly step: number;
}

/**
 * m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; W ← W − η·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε), t from 1.
 */
export const adamStep = changingPrimitive(
  'AdamStep',
  {
    takes: { variable: '…s', mean: '…s', meanSquare: '…s', gradient: '…s' },
    changes: ['variable', 'mean', 'meanSquare'],
  },
  (given: AdamInputs, { learningRate, beta1, beta2, epsilon, step }: AdamAttributes) => {
    const mean = accumulated(given.mean, given.gradient, 1 - beta1, beta1);
    const meanSquare = accumulated(given.meanSquare, square(given.gradient), 1 - beta2, beta2);
    const deviation = add(sqrt(div(meanSquare, 1 - beta2 ** step)), epsilon);
    const rate = learningRate / (1 - beta1 ** step);
    return { mean, meanSquare, variable: accumulated(given.variable, div(mean, deviation), -rate, 1) };
  },
);

/** W ← W − rate·W: decoupled weight decay. */
export const decayStep = changingPrimitive(
  'DecayStep',
  { takes: { variable: '…s' }, changes: ['variable'] },
  ({ variable }: { variable: Variable }, { rate }: { rate: number }) => ({
    variable: sub(variable, mul(variable, rate)),
  }),
);
