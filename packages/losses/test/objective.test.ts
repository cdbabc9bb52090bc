import { createPass } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { evaluate, type LossFunction, losses, lossesFor, lossFor } from '../src/index.js';
import { expectClose, onCpu, recordOf } from './support.js';

onCpu();

const stock: LossFunction = (y, p) => tf.mean(tf.abs(tf.sub(p, y)), -1);
const refusal = (code: string) => expect.objectContaining({ name: 'FeedalignError', code });

describe('lossFor', () => {
  it.each(Object.entries(losses))('finds %s under its own activation', (name, loss) => {
    expect(lossFor(name, loss.activation)).toBe(loss);
    expect(lossFor(name, loss.activation, stock)).toBe(loss);
  });

  it.each([
    ['a name without a closed form', 'meanAbsoluteError', 'linear'],
    ['an activation that the closed form does not fit', 'categoricalCrossentropy', 'linear'],
    ['no name', '', 'tanh'],
  ])('derives the loss from the function given with it for %s', (_what, name, activation) => {
    const loss = lossFor(name, activation, stock);
    expect(loss.activation).toBe(activation);
    expectClose(loss.evaluate(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 3]])).losses, tf.tensor1d([2]));
  });

  it('takes a function alone', () => {
    const loss = lossFor(stock, 'linear', () => {
      throw new Error('not this one');
    });
    expectClose(loss.evaluate(tf.tensor2d([[4]]), tf.tensor2d([[1]])).error, tf.tensor2d([[1]]));
  });

  it.each(['hinge', 'toString', 'CategoricalCrossentropy'])(
    "refuses the name '%s', and tells those there are",
    (name) => {
      expect(() => lossFor(name, 'softmax')).toThrow(refusal('unknown-name'));
      expect(() => lossFor(name, 'softmax')).toThrow(/categoricalCrossentropy, .*halfSquaredError/);
    },
  );

  it('refuses a closed form under another activation, and names both', () => {
    expect(() => lossFor('binaryCrossentropy', 'softmax')).toThrow(refusal('invalid-option'));
    expect(() => lossFor('binaryCrossentropy', 'softmax')).toThrow(/'sigmoid'.*'softmax'/);
  });
});

describe('lossesFor', () => {
  it('has one for each output, by that output’s activation', () => {
    const { network } = recordOf(
      { logits: tf.zeros([1, 2]), activation: 'softmax' },
      { logits: tf.zeros([1, 3]), activation: 'softmax' },
    );
    expect(lossesFor(network, 'categoricalCrossentropy')).toEqual([
      losses.categoricalCrossentropy,
      losses.categoricalCrossentropy,
    ]);
    expect(() => lossesFor(network, 'meanSquaredError')).toThrow(refusal('invalid-option'));
  });
});

describe('evaluate', () => {
  const half = losses.halfSquaredError;
  const logits = () =>
    tf.tensor2d([
      [1, 2],
      [3, 4],
      [0, 0],
    ]);
  const zeros = () => tf.zeros([3, 2]);
  // ½Σa² of the rows: 2.5, 12.5, 0.

  it('takes the mean over the examples', () => {
    const objective = evaluate(recordOf({ logits: logits() }), { losses: [half], targets: [zeros()] });
    expectClose(objective.loss, tf.scalar(5));
    expectClose(objective.errors[0], tf.div(logits(), 3));
    expectClose(objective.predictions[0], logits());
    expect(objective.losses).toEqual([objective.loss]);
  });

  it('takes the sum where it is asked to, which makes the error a batch’s size times larger', () => {
    const targets = [zeros()];
    const objective = evaluate(recordOf({ logits: logits() }), { losses: [half], targets, reduction: 'sum' });
    expectClose(objective.loss, tf.scalar(15));
    expectClose(objective.errors[0], logits());
    expect(objective.targets).toBe(targets);
  });

  it('weighs examples, and divides by their number all the same, as tfjs does', () => {
    const given = { losses: [half], targets: [zeros()], sampleWeights: [tf.tensor1d([2, 0, 5])] };
    const mean = evaluate(recordOf({ logits: logits() }), given);
    expectClose(mean.loss, tf.scalar(5 / 3));
    expectClose(
      mean.errors[0],
      tf.tensor2d([
        [2 / 3, 4 / 3],
        [0, 0],
        [0, 0],
      ]),
    );
    const sum = evaluate(recordOf({ logits: logits() }), { ...given, reduction: 'sum' });
    expectClose(sum.loss, tf.scalar(5));
    expectClose(
      sum.errors[0],
      tf.tensor2d([
        [2, 4],
        [0, 0],
        [0, 0],
      ]),
    );
  });

  it('means and weighs over places as well as examples', () => {
    const sequences = tf.tensor3d([
      [
        [1, 1],
        [2, 0],
      ],
      [
        [0, 4],
        [2, 2],
      ],
    ]);
    const objective = evaluate(recordOf({ logits: sequences }), {
      losses: [half],
      targets: [tf.zeros([2, 2, 2])],
      sampleWeights: [tf.tensor1d([1, 3])],
    });
    // Of each place: 1, 2 and 8, 4; weighed 1 + 2 + 24 + 12, over four places.
    expectClose(objective.loss, tf.scalar(39 / 4));
    expectClose(
      objective.errors[0],
      tf.tensor3d([
        [
          [1 / 4, 1 / 4],
          [2 / 4, 0],
        ],
        [
          [0, 12 / 4],
          [6 / 4, 6 / 4],
        ],
      ]),
    );
  });

  it('adds up several outputs, each with a loss and weights of its own', () => {
    const classes = tf.tensor2d([
      [0, 0],
      [0, 0],
    ]);
    const values = tf.tensor2d([[3], [1]]);
    const record = recordOf({ logits: classes, activation: 'softmax' }, { logits: values });
    const objective = evaluate(record, {
      losses: [losses.categoricalCrossentropy, losses.meanSquaredError],
      targets: [
        tf.tensor2d([
          [1, 0],
          [0, 1],
        ]),
        tf.zeros([2, 1]),
      ],
      sampleWeights: [undefined, tf.tensor1d([1, 0])],
    });
    const [first, second] = [Math.LN2, 9 / 2];
    expectClose(objective.losses[0], tf.scalar(first));
    expectClose(objective.losses[1], tf.scalar(second));
    expectClose(objective.loss, tf.scalar(first + second));
    expectClose(
      objective.errors[0],
      tf.tensor2d([
        [-0.25, 0.25],
        [0.25, -0.25],
      ]),
    );
    expectClose(objective.errors[1], tf.tensor2d([[3], [0]]));
    expectClose(objective.predictions[0], tf.fill([2, 2], 0.5));
    // The errors are what a pass puts side by side.
    const rule = { name: 'none', options: {}, init: () => null, signal: () => null };
    const pass = createPass(record, objective, rule, null);
    expectClose(
      pass.error,
      tf.tensor2d([
        [-0.25, 0.25, 3],
        [0.25, -0.25, 0],
      ]),
    );
  });

  it.each(['mean', 'sum'] as const)('has the gradient of the %s for its error', (reduction) => {
    const targets = tf.tensor2d([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const weights = tf.tensor1d([0.5, 3]);
    const loss = (a: tf.Tensor) =>
      evaluate(recordOf({ logits: a, activation: 'softmax' }), {
        losses: [losses.categoricalCrossentropy],
        targets: [targets],
        sampleWeights: [weights],
        reduction,
      });
    const at = tf.tensor2d([
      [0.3, -0.2, 1],
      [2, 0.1, -1],
    ]);
    expectClose(loss(at).errors[0], tf.grad((a) => loss(a).loss)(at));
  });
});

describe('weights of examples', () => {
  const logits = () => tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const evaluated = (loss: LossFunction, weights: number[]) =>
    evaluate(recordOf({ logits: logits(), activation: 'linear' }), {
      losses: [lossFor(loss, 'linear')],
      targets: [tf.zeros([2, 2])],
      sampleWeights: [tf.tensor1d(weights)],
    });

  it.each<[string, LossFunction]>([
    ['one loss for the batch', (y, p) => tf.mean(tf.square(tf.sub(p, y)))],
    ['one loss in a row', (y, p) => tf.reshape(tf.mean(tf.square(tf.sub(p, y))), [1])],
  ])('%s is multiplied by their mean, as in tfjs', (_, loss) => {
    const { loss: total, errors } = evaluated(loss, [1, 3]);
    expectClose(total, tf.scalar(2 * 7.5));
    expectClose(errors[0], tf.mul(logits(), 2 * (2 / 4)));
  });

  it('refuses losses of another count', () => {
    expect(() => evaluated((_, p) => tf.square(tf.reshape(p, [4])), [1, 3])).toThrow(
      refusal('shape-mismatch'),
    );
    expect(() => evaluated((_, p) => tf.square(tf.reshape(p, [4])), [1, 3])).toThrow(/2 weights .* \[4\]/);
  });
});
