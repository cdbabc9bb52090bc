import { layers } from '@tensorflow/tfjs-layers';
import { type StockCase, type StockCases, sizeOf, stack, type Target } from './case.js';

type Name = NonNullable<Parameters<typeof layers.dense>[0]['activation']>;

const positive: Target = (rng, shape) => rng.uniform(sizeOf(shape), 0.2, 2);
const probabilities: Target = (rng, shape) => rng.uniform(sizeOf(shape), 0.05, 0.95);
const signs: Target = (rng, shape) => rng.rademacher(sizeOf(shape));
const classes: Target = (rng, shape) => rng.uniform(sizeOf(shape), 0, 4).map(Math.floor);
const oneHot: Target = (rng, shape) => {
  const [rows, columns] = shape;
  const numbers = new Float32Array(rows * columns);
  rng.uniform(rows, 0, columns).forEach((value, row) => {
    numbers[row * columns + Math.floor(value)] = 1;
  });
  return numbers;
};

/** Two dense layers, the last with the activation that keeps the loss defined, and targets to go with it. */
const under = (loss: string, activation: string, target?: Target, targetShape?: number[]): StockCase => ({
  ...stack([6], () => [
    layers.dense({ units: 5, activation: 'tanh' }),
    layers.dense({ units: 4, activation: activation as Name }),
  ]),
  loss,
  target,
  targetShape,
});

/** Every loss that `compile` takes by name. */
export const lossCases: StockCases = Object.fromEntries(
  [
    under('meanSquaredError', 'linear'),
    under('meanAbsoluteError', 'linear'),
    under('meanAbsolutePercentageError', 'linear', positive),
    under('meanSquaredLogarithmicError', 'softplus', positive),
    under('squaredHinge', 'tanh', signs),
    under('hinge', 'tanh', signs),
    under('categoricalHinge', 'softmax', oneHot),
    under('logcosh', 'linear'),
    under('categoricalCrossentropy', 'softmax', oneHot),
    under('sparseCategoricalCrossentropy', 'softmax', classes, [1]),
    under('binaryCrossentropy', 'sigmoid', probabilities),
    under('kullbackLeiblerDivergence', 'softmax', probabilities),
    under('poisson', 'softplus', positive),
    under('cosineProximity', 'linear'),
  ].map((each) => [`loss: ${each.loss}`, each]),
);
