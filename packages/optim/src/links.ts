import {
  accumulateStep,
  adamStep,
  addGradient,
  decayStep,
  momentumStep,
  rmspropStep,
} from '@feedalign/backend';
import { gradientOf, mapped, neverRepeat, numberNow, type Scalar, slot } from '@feedalign/core';
import { add, div, mul, sqrt, square } from '@tensorflow/tfjs-core';
import { each, type Transformation } from './chain.js';
import { asSchedule, type Schedule } from './schedules.js';

const negative = (scalar: Scalar) => mapped((value) => -value, scalar);
/** Whether all of a variable is kept: what the fused kernels do. */
const isWhole = (keep: Scalar) => keep === 1;

/** g ← −η(t)·g: the last link, by which a gradient becomes a step. */
export function scaleByLearningRate(learningRate: number | Schedule): Transformation {
  const rate = asSchedule(learningRate);
  return each((gradient, { step }) => {
    const eta: Scalar = typeof learningRate === 'number' ? learningRate : slot(() => rate(numberNow(step)));
    return {
      compute: () => mul(gradient.compute(), -numberNow(eta)),
      addTo: (variable, scale, keep) =>
        addGradient(
          gradient,
          variable,
          mapped((a, b) => -a * b, scale, eta),
          keep,
        ),
    };
  });
}

export interface MomentumOptions {
  /** Look ahead along the velocity. Default false. */
  readonly nesterov?: boolean;
}

/** v ← μ·v + g; g ← v, or g + μ·v after Nesterov. */
export const scaleByMomentum = (
  momentum: number,
  { nesterov = false }: MomentumOptions = {},
): Transformation =>
  each((gradient, { slots: [velocity] }) => {
    const direction = () => {
      const g = gradient.compute();
      accumulateStep({ variable: velocity, value: g }, { scale: 1, keep: momentum });
      return nesterov ? add(g, mul(velocity, momentum)) : velocity;
    };
    return {
      compute: direction,
      addTo: (variable, scale, keep) => {
        if (!isWhole(keep)) return addGradient(gradientOf(direction), variable, scale, keep);
        const given = { variable, velocity, gradient: gradient.compute() };
        momentumStep(given, { learningRate: negative(scale), momentum, nesterov });
      },
    };
  }, 1);

export interface AdamLinkOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** ε, outside the root. Default 1e-8. */
  readonly epsilon?: number;
}

/** m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²; g ← m̂/(√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ). */
export const scaleByAdam = ({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamLinkOptions = {}): Transformation =>
  each((gradient, { slots: [mean, meanSquare], step: before }) => {
    const direction = () => {
      neverRepeat();
      const g = gradient.compute();
      const t = numberNow(before) + 1;
      accumulateStep({ variable: mean, value: g }, { scale: 1 - beta1, keep: beta1 });
      accumulateStep({ variable: meanSquare, value: square(g) }, { scale: 1 - beta2, keep: beta2 });
      const deviation = add(sqrt(div(meanSquare, 1 - beta2 ** t)), epsilon);
      return div(div(mean, 1 - beta1 ** t), deviation);
    };
    return {
      compute: direction,
      addTo: (variable, scale, keep) => {
        if (!isWhole(keep)) return addGradient(gradientOf(direction), variable, scale, keep);
        const step = mapped((taken) => taken + 1, before);
        adamStep(
          { variable, mean, meanSquare, gradient: gradient.compute() },
          { learningRate: negative(scale), beta1, beta2, epsilon, step },
        );
      },
    };
  }, 2);

export interface RmsLinkOptions {
  /** ρ. Default 0.99. */
  readonly decay?: number;
  /** ε, outside the root. Default 1e-8. */
  readonly epsilon?: number;
}

/** s ← ρ·s + (1 − ρ)·g²; g ← g/(√s + ε). */
export const scaleByRms = ({ decay = 0.99, epsilon = 1e-8 }: RmsLinkOptions = {}): Transformation =>
  each((gradient, { slots: [meanSquare] }) => {
    const direction = () => {
      const g = gradient.compute();
      accumulateStep({ variable: meanSquare, value: square(g) }, { scale: 1 - decay, keep: decay });
      return div(g, add(sqrt(meanSquare), epsilon));
    };
    return {
      compute: direction,
      addTo: (variable, scale, keep) => {
        if (!isWhole(keep)) return addGradient(gradientOf(direction), variable, scale, keep);
        rmspropStep(
          { variable, meanSquare, gradient: gradient.compute() },
          { learningRate: negative(scale), decay, epsilon },
        );
      },
    };
  }, 1);

/**
 * g ← g + λW. Behind `scaleByAdam` it is decoupled: W ← (1 − ηλ)W before the step, biases and scales too; before it, what
 * regularization of the loss would add.
 */
export const addDecayedWeights = (weightDecay: number): Transformation =>
  each((gradient, { variable: weights }) => {
    if (weightDecay === 0) return gradient;
    const decayed = gradientOf(() => add(gradient.compute(), mul(weights, weightDecay)));
    return {
      compute: decayed.compute,
      addTo: (variable, scale, keep) => {
        if (variable !== weights || !isWhole(keep)) return addGradient(decayed, variable, scale, keep);
        decayStep({ variable }, { rate: mapped((factor) => -factor * weightDecay, scale) });
        addGradient(gradient, variable, scale, keep);
      },
    };
  });
