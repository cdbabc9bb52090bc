import {
  accumulateStep,
  adamStep,
  decayStep,
  momentumStep,
  rmspropStep,
  whenFinite,
} from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, type Found, tensorOf } from '../check.js';
import { drawn } from '../values.js';

// Three steps against the formula in doubles. Enough weights that threads divide them.

const count = 20_000;
const start = drawn('weights', [count]);
const gradients = [0, 1, 2].map((step) => drawn(`gradient ${step}`, [count]));
const [learningRate, momentum, decay, beta1, beta2, epsilon] = [0.1, 0.8, 0.9, 0.85, 0.95, 1e-2];

/** What a weight becomes by one step; `state` keeps what the formula carries on, from zero. */
type Formula = (weight: number, gradient: number, state: [number, number], step: number) => number;

function weightsBy(formula: Formula): number[] {
  return Array.from(start.numbers, (first, place) => {
    const state: [number, number] = [0, 0];
    return gradients.reduce((weight, { numbers }, i) => formula(weight, numbers[place], state, i + 1), first);
  });
}

type Primitive = (
  variable: tf.Variable,
  gradient: tf.Tensor,
  state: [tf.Variable, tf.Variable],
  step: number,
) => void;

function byPrimitive(take: Primitive): Found {
  const variable = tf.variable(tensorOf(start), false);
  const state: [tf.Variable, tf.Variable] = [
    tf.variable(tf.zeros([count]), false),
    tf.variable(tf.zeros([count]), false),
  ];
  try {
    for (const [i, gradient] of gradients.entries()) take(variable, tensorOf(gradient), state, i + 1);
    return [['weights', tf.clone(variable)]];
  } finally {
    tf.dispose([variable, ...state]);
  }
}

function byOptimizer(make: () => tf.Optimizer): Found {
  const variable = tf.variable(tensorOf(start), true);
  const optimizer = make();
  try {
    for (const gradient of gradients) optimizer.applyGradients({ [variable.name]: tensorOf(gradient) });
    return [['weights', tf.clone(variable)]];
  } finally {
    variable.dispose();
    optimizer.dispose();
  }
}

const steps = (
  operation: string,
  formula: Formula,
  { primitive, optimizer }: { primitive?: Primitive; optimizer?: () => tf.Optimizer },
): Check => ({
  operation,
  expected: () => ({ weights: { numbers: weightsBy(formula) } }),
  by: {
    ...(primitive && { feedalign: () => byPrimitive(primitive) }),
    ...(optimizer && { tfjs: () => byOptimizer(optimizer) }),
  },
});

const withMomentum =
  (nesterov: boolean): Formula =>
  (weight, gradient, state) => {
    state[0] = momentum * state[0] + gradient;
    return weight - learningRate * (nesterov ? gradient + momentum * state[0] : state[0]);
  };
const momentumBy =
  (nesterov: boolean): Primitive =>
  (variable, gradient, [velocity]) =>
    momentumStep({ variable, velocity, gradient }, { learningRate, momentum, nesterov });

/** The two libraries put ε in different places. */
const rmsprop =
  (deviation: (meanSquare: number) => number): Formula =>
  (weight, gradient, state) => {
    state[0] = decay * state[0] + (1 - decay) * gradient ** 2;
    return weight - (learningRate * gradient) / deviation(state[0]);
  };

export const optimizerChecks: readonly Check[] = [
  steps('SGD', (weight, gradient) => weight - learningRate * gradient, {
    primitive: (variable, value) => accumulateStep({ variable, value }, { scale: -learningRate, keep: 1 }),
    optimizer: () => tf.train.sgd(learningRate),
  }),
  steps('SGD with momentum', withMomentum(false), {
    primitive: momentumBy(false),
    optimizer: () => tf.train.momentum(learningRate, momentum, false),
  }),
  steps('SGD with Nesterov momentum', withMomentum(true), {
    primitive: momentumBy(true),
    optimizer: () => tf.train.momentum(learningRate, momentum, true),
  }),
  steps(
    'RMSprop, √s + ε',
    rmsprop((meanSquare) => Math.sqrt(meanSquare) + epsilon),
    {
      primitive: (variable, gradient, [meanSquare]) =>
        rmspropStep({ variable, meanSquare, gradient }, { learningRate, decay, epsilon }),
    },
  ),
  steps(
    'RMSprop, √(s + ε)',
    rmsprop((meanSquare) => Math.sqrt(meanSquare + epsilon)),
    {
      optimizer: () => tf.train.rmsprop(learningRate, decay, 0, epsilon),
    },
  ),
  steps(
    'Adam',
    (weight, gradient, state, step) => {
      state[0] = beta1 * state[0] + (1 - beta1) * gradient;
      state[1] = beta2 * state[1] + (1 - beta2) * gradient ** 2;
      const deviation = Math.sqrt(state[1] / (1 - beta2 ** step)) + epsilon;
      return weight - (learningRate * state[0]) / (1 - beta1 ** step) / deviation;
    },
    {
      primitive: (variable, gradient, [mean, meanSquare], step) =>
        adamStep({ variable, mean, meanSquare, gradient }, { learningRate, beta1, beta2, epsilon, step }),
      optimizer: () => tf.train.adam(learningRate, beta1, beta2, epsilon),
    },
  ),
  {
    operation: 'a step whose loss is not finite',
    expected: () => ({
      weights: {
        numbers: weightsBy((weight, gradient, _state, step) =>
          step === 2 ? weight : weight - learningRate * gradient,
        ),
      },
    }),
    by: {
      // The second of three is not to be taken, the third one is nobody's.
      feedalign: () =>
        byPrimitive((variable, value, _state, step) => {
          const change = () => accumulateStep({ variable, value }, { scale: -learningRate, keep: 1 });
          if (step === 3) change();
          else whenFinite(tf.scalar(step === 2 ? Number.NaN : 1), change);
        }),
    },
  },
  steps('weight decay', (weight) => weight - learningRate * weight, {
    primitive: (variable) => decayStep({ variable }, { rate: learningRate }),
  }),
];
