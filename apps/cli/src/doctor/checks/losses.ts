import { sigmoidCrossEntropy, softmaxCrossEntropy } from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, differentiated, type Found } from '../check.js';
import { byRow, logSumExp } from '../plain/rows.js';
import { drawn, mapped, type Values } from '../values.js';

const logits = drawn('logits', [6, 5]);
/** Not one-hot: rows of any sum. */
const targets = mapped(drawn('targets', [6, 5]), (x) => Math.fround(1 / (1 + x * x)));

/** tfjs-layers keeps probabilities this far from 0 and 1. */
const margin = 1e-7;
const clipped = (p: tf.Tensor) => tf.clipByValue(p, margin, 1 - margin);

/** What the primitives are told to multiply the error with, as the mean over a batch does. */
const scale = 0.25;

/** The error is the gradient of the loss: each example's signal is a factor on it. */
const found = ([, losses, error]: tf.Tensor[], signal: tf.Tensor): Found => [
  ['output', losses],
  ['logits', tf.div(tf.mul(error, signal), scale)],
];

const softmax: Check = differentiated({
  operation: 'softmax cross-entropy',
  inputs: { logits },
  constants: { targets },
  plain: ({ logits, targets }) =>
    byRow(
      logits,
      (row, place) => {
        const total = logSumExp(row);
        return [row.reduce((sum, a, i) => sum + targets.numbers[place * row.length + i] * (total - a), 0)];
      },
      [logits.shape[0]],
    ),
  // As tfjs-layers computes it from the output of a softmax.
  tfjs: ({ logits, targets }) => {
    const p = tf.softmax(logits);
    const shares = clipped(tf.div(p, tf.sum(p, -1, true)));
    return tf.neg(tf.sum(tf.mul(targets, tf.log(shares)), -1));
  },
  feedalign: ({ logits, targets }, signal) =>
    found(softmaxCrossEntropy({ logits, targets }, { scale }), tf.expandDims(signal, -1)),
});

const sigmoid: Check = differentiated({
  operation: 'sigmoid cross-entropy',
  inputs: { logits },
  constants: { targets },
  plain: ({ logits, targets }) =>
    mapped(logits, (a, place) => Math.log1p(Math.exp(a)) - a * targets.numbers[place]),
  tfjs: ({ logits, targets }) => {
    const p = clipped(tf.sigmoid(logits));
    const again = tf.log(tf.div(p, tf.sub(1, p)));
    return tf.add(tf.sub(tf.relu(again), tf.mul(again, targets)), tf.log1p(tf.exp(tf.neg(tf.abs(again)))));
  },
  feedalign: ({ logits, targets }, signal) =>
    found(sigmoidCrossEntropy({ logits, targets }, { scale }), signal),
});

const meanOfRows = (x: Values, f: (value: number, place: number) => number): Values =>
  byRow(mapped(x, f), (row) => [row.reduce((sum, each) => sum + each, 0) / row.length], [x.shape[0]]);

const squared: Check = differentiated({
  operation: 'mean squared error',
  inputs: { logits },
  constants: { targets },
  plain: ({ logits, targets }) => meanOfRows(logits, (a, place) => (a - targets.numbers[place]) ** 2),
  tfjs: ({ logits, targets }) => tf.mean(tf.squaredDifference(logits, targets), -1),
});

const absolute: Check = differentiated({
  operation: 'mean absolute error',
  inputs: { logits },
  constants: { targets },
  plain: ({ logits, targets }) => meanOfRows(logits, (a, place) => Math.abs(a - targets.numbers[place])),
  tfjs: ({ logits, targets }) => tf.mean(tf.abs(tf.sub(logits, targets)), -1),
});

export const lossChecks: readonly Check[] = [softmax, sigmoid, squared, absolute];
