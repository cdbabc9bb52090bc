import type { AdamAttributes, AdamInputs, Given } from '@feedalign/backend';
import { mapped, type Scalar } from '@feedalign/core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernel.js';
import { work } from '../work.js';

/** Steps of Adam from one look for memories that are next to nothing to the next. */
const forgetEvery = 64;

/** Optimizer steps, in place. */
export const optimizers: Kernels = (engine) => ({
  FeedalignAccumulateStep: (
    { variable, value }: { variable: Variable; value: Tensor },
    { scale, keep }: { scale: Scalar; keep: Scalar },
  ) => {
    const weights = engine.owned(variable);
    const parts = engine.parts(variable.size * work.optimizer);
    engine.run('accumulate', parts, weights, engine.at(value), variable.size, scale, keep);
    return [];
  },

  FeedalignAdamStep: (
    { variable, mean, meanSquare, gradient }: AdamInputs,
    { learningRate, beta1, beta2, epsilon, step }: Given<AdamAttributes>,
  ) => {
    const [weights, first, second] = [variable, mean, meanSquare].map((each) => engine.owned(each));
    const rate = mapped((eta, beta, t) => eta / (1 - beta ** t), learningRate, beta1, step);
    const correction = mapped((beta, t) => 1 / (1 - beta ** t), beta2, step);
    engine.run(
      'adam',
      engine.parts(variable.size * work.optimizer),
      weights,
      first,
      second,
      engine.at(gradient),
      variable.size,
      rate,
      beta1,
      beta2,
      correction,
      epsilon,
      mapped((t) => (t % forgetEvery === 0 ? 1 : 0), step),
    );
    return [];
  },

  FeedalignMomentumStep: (
    { variable, velocity, gradient }: { variable: Variable; velocity: Variable; gradient: Tensor },
    { learningRate, momentum, nesterov }: { learningRate: Scalar; momentum: Scalar; nesterov: boolean },
  ) => {
    const [weights, velocities] = [variable, velocity].map((each) => engine.owned(each));
    engine.run(
      'momentum',
      engine.parts(variable.size * work.optimizer),
      weights,
      velocities,
      engine.at(gradient),
      variable.size,
      learningRate,
      momentum,
      nesterov ? 1 : 0,
    );
    return [];
  },

  FeedalignRmspropStep: (
    { variable, meanSquare, gradient }: { variable: Variable; meanSquare: Variable; gradient: Tensor },
    { learningRate, decay, epsilon }: { learningRate: Scalar; decay: Scalar; epsilon: Scalar },
  ) => {
    const [weights, squares] = [variable, meanSquare].map((each) => engine.owned(each));
    engine.run(
      'rmsprop',
      engine.parts(variable.size * work.optimizer),
      weights,
      squares,
      engine.at(gradient),
      variable.size,
      learningRate,
      decay,
      epsilon,
    );
    return [];
  },

  /** W ← (1 − rate)·W */
  FeedalignDecayStep: ({ variable }: { variable: Variable }, { rate }: { rate: Scalar }) => {
    const weights = engine.owned(variable);
    engine.run(
      'accumulate',
      engine.parts(variable.size * work.optimizer),
      weights,
      weights,
      variable.size,
      mapped((share) => -share, rate),
      1,
    );
    return [];
  },
});
