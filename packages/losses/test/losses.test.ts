import type { ActivationName } from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { derivedLoss, type LossFunction, type LossName, losses } from '../src/index.js';
import { expectClose, onCpu } from './support.js';

onCpu();

/** Each loss of the table as its definition says it, from targets and predictions alone. */
const definitions: Record<LossName, LossFunction> = {
  categoricalCrossentropy: (y, p) => tf.neg(tf.sum(tf.mul(y, tf.log(p)), -1)),
  sparseCategoricalCrossentropy: (y, p) =>
    tf.neg(
      tf.sum(
        tf.mul(
          tf.oneHot(tf.cast(tf.reshape(y, p.shape.slice(0, -1)), 'int32'), p.shape[p.rank - 1] ?? 1),
          tf.log(p),
        ),
        -1,
      ),
    ),
  binaryCrossentropy: (y, p) => tf.mean(binary(y, p), -1),
  sigmoidCrossentropy: (y, p) => tf.sum(binary(y, p), -1),
  meanSquaredError: (y, p) => tf.mean(tf.square(tf.sub(p, y)), -1),
  halfSquaredError: (y, p) => tf.mul(0.5, tf.sum(tf.square(tf.sub(p, y)), -1)),
};
const binary: LossFunction = (y, p) =>
  tf.neg(tf.add(tf.mul(y, tf.log(p)), tf.mul(tf.sub(1, y), tf.log(tf.sub(1, p)))));

const predicted: Record<string, (a: tf.Tensor) => tf.Tensor> = {
  softmax: (a) => tf.softmax(a),
  sigmoid: (a) => tf.sigmoid(a),
  linear: (a) => a,
};

const shapes = [
  [5, 4],
  [3, 1],
  [2, 3, 4],
];
const logitsOf = (shape: number[]) => tf.randomNormal(shape, 0, 1.5, 'float32', 3);
function targetsFor(name: LossName, shape: number[]): tf.Tensor {
  const classes = shape[shape.length - 1];
  const count = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const labels = tf.tensor1d(
    Array.from({ length: count }, (_, i) => (i * 7 + 2) % classes),
    'int32',
  );
  if (name === 'sparseCategoricalCrossentropy') {
    return tf.cast(tf.reshape(labels, [...shape.slice(0, -1), 1]), 'float32');
  }
  if (name === 'categoricalCrossentropy') {
    return tf.reshape(tf.cast(tf.oneHot(labels, classes), 'float32'), shape);
  }
  return tf.randomUniform(shape, 0, 1, 'float32', 4);
}

// One class alone is no classification: tfjs refuses to write it one-hot.
const cases = (Object.keys(losses) as LossName[]).flatMap((name) =>
  shapes
    .filter((shape) => losses[name].activation !== 'softmax' || shape[shape.length - 1] > 1)
    .map((shape) => ({ name, shape })),
);

describe.each(cases)('$name of logits $shape', ({ name, shape }) => {
  const closed = losses[name];
  const independent = (a: tf.Tensor, y: tf.Tensor) => definitions[name](y, predicted[closed.activation](a));

  it('tells predictions and the loss of each example', () => {
    const [logits, targets] = [logitsOf(shape), targetsFor(name, shape)];
    const found = closed.evaluate(logits, targets);
    expectClose(found.predictions, predicted[closed.activation](logits));
    expectClose(found.losses, independent(logits, targets));
    expect(found.losses.shape).toEqual(shape.slice(0, -1));
  });

  it('has the error that tfjs derives from the definition', () => {
    const [logits, targets] = [logitsOf(shape), targetsFor(name, shape)];
    const exact = tf.grad((a) => tf.sum(independent(a, targets)))(logits);
    expectClose(closed.evaluate(logits, targets).error, exact);
  });

  it('is what derivedLoss makes of the definition', () => {
    const [logits, targets] = [logitsOf(shape), targetsFor(name, shape)];
    const derived = derivedLoss(definitions[name], closed.activation);
    expect(derived.activation).toBe(closed.activation);
    const [found, expected] = [derived.evaluate(logits, targets), closed.evaluate(logits, targets)];
    expectClose(found.predictions, expected.predictions);
    expectClose(found.losses, expected.losses);
    expectClose(found.error, expected.error);
  });
});

describe('derivedLoss', () => {
  it('serves a loss and an activation that have no closed form', () => {
    const absolute: LossFunction = (y, p) => tf.sum(tf.abs(tf.sub(p, y)), -1);
    const [logits, targets] = [tf.tensor2d([[0.5, -1]]), tf.tensor2d([[0, 0]])];
    const { predictions, losses: each, error } = derivedLoss(absolute, 'tanh').evaluate(logits, targets);
    const [a, b] = [Math.tanh(0.5), Math.tanh(-1)];
    expectClose(predictions, tf.tensor2d([[a, b]]));
    expectClose(each, tf.tensor1d([a - b]));
    expectClose(error, tf.tensor2d([[1 - a * a, -(1 - b * b)]]));
  });

  it.each(['relu', 'softmax', 'swish'] as ActivationName[])(
    'frees what it needs on the way, under %s',
    (activation) => {
      const [logits, targets] = [logitsOf([3, 4]), tf.zeros([3, 4])];
      const derived = derivedLoss((y, p) => tf.mean(tf.square(tf.sub(p, y)), -1), activation);
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        derived.evaluate(logits, targets);
      });
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

it('classes may be given as [N] or [N, 1], floats or integers', () => {
  const logits = logitsOf([3, 4]);
  const { error } = losses.sparseCategoricalCrossentropy.evaluate(logits, tf.tensor1d([2, 0, 3]));
  for (const targets of [tf.tensor1d([2, 0, 3], 'int32'), tf.tensor2d([[2], [0], [3]])]) {
    expectClose(losses.sparseCategoricalCrossentropy.evaluate(logits, targets).error, error, 7);
  }
});
