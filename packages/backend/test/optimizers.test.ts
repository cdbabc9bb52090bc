import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adamStep, decayStep, momentumStep, rmspropStep } from '../src/index.js';
import {
  expectClose,
  numbers,
  onEach,
  plain,
  property,
  seeds,
  small,
  toTensor,
  toVariable,
  withoutLeaks,
} from './support.js';

/** One step of a single weight: [W, slots…] → [W, slots…], g given. */
type ScalarStep = (weights: readonly number[], gradient: number) => number[];

interface Stepper {
  readonly slots: number;
  /** Slots that hold mean squares are never negative. */
  readonly nonNegative?: number;
  readonly scalar: ScalarStep;
  run(variable: tf.Variable, slots: tf.Variable[], gradient: tf.Tensor): void;
}

const momentum = (nesterov: boolean): Stepper => ({
  slots: 1,
  scalar: ([w, v], g) => {
    const next = 0.9 * v + g;
    return [w - 0.1 * (nesterov ? g + 0.9 * next : next), next];
  },
  run: (variable, [velocity], gradient) =>
    momentumStep({ variable, velocity, gradient }, { learningRate: 0.1, momentum: 0.9, nesterov }),
});

const steppers: Record<string, Stepper> = {
  momentum: momentum(false),
  'nesterov momentum': momentum(true),
  rmsprop: {
    slots: 1,
    nonNegative: 1,
    scalar: ([w, s], g) => {
      const next = 0.9 * s + 0.1 * g * g;
      return [w - (0.01 * g) / (Math.sqrt(next) + 1e-3), next];
    },
    run: (variable, [meanSquare], gradient) =>
      rmspropStep({ variable, meanSquare, gradient }, { learningRate: 0.01, decay: 0.9, epsilon: 1e-3 }),
  },
  adam: {
    slots: 2,
    nonNegative: 2,
    scalar: ([w, m, v], g) => {
      const [mean, square] = [0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g];
      const corrected = Math.sqrt(square / (1 - 0.99 ** 3)) + 1e-3;
      return [w - (0.05 * (mean / (1 - 0.9 ** 3))) / corrected, mean, square];
    },
    run: (variable, [mean, meanSquare], gradient) =>
      adamStep(
        { variable, mean, meanSquare, gradient },
        { learningRate: 0.05, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, step: 3 },
      ),
  },
  decay: {
    slots: 0,
    scalar: ([w]) => [w - 0.25 * w],
    run: (variable) => decayStep({ variable }, { rate: 0.25 }),
  },
};

onEach(() => {
  describe.each(Object.entries(steppers))('%s', (_name, { slots, nonNegative, scalar, run }) => {
    const start = (shape: readonly number[], seed: number) =>
      Array.from({ length: slots + 1 }, (_, i) => {
        const drawn = numbers(shape, seed + i);
        return i === nonNegative ? plain(shape, drawn.values.map(Math.abs)) : drawn;
      });

    it('is its equation, entry by entry, and leaves no tensor behind', () => {
      fc.assert(
        fc.property(fc.array(small(5), { minLength: 1, maxLength: 4 }), seeds, (shape, seed) => {
          const before = start(shape, seed);
          const gradient = numbers(shape, seed + 9);
          const expected = before.map(() => plain(shape));
          gradient.values.forEach((g, i) => {
            const next = scalar(
              before.map(({ values }) => values[i]),
              g,
            );
            next.forEach((value, k) => {
              expected[k].values[i] = value;
            });
          });
          const variables = before.map((values) => toVariable(values));
          const given = toTensor(gradient);
          withoutLeaks(() => run(variables[0], variables.slice(1), given));
          variables.forEach((variable, k) => void expectClose(variable, expected[k]));
          expectClose(given, gradient, 1e-7);
          tf.dispose([...variables, given]);
        }),
        { ...property, numRuns: 15 },
      );
    });

    it('leaves clones and reshapes of the old weights as they were', () => {
      const variables = start([2, 3], 4).map((values) => toVariable(values));
      const views = variables.flatMap((variable) => [tf.clone(variable), tf.reshape(variable, [6])]);
      const before = views.map((view) => view.dataSync().slice());
      run(variables[0], variables.slice(1), toTensor(numbers([2, 3], 8)));
      expect(views.map((view) => view.dataSync())).toEqual(before);
      expect(variables[0].dataSync()).not.toEqual(before[0]);
    });
  });
});
