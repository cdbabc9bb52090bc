import { FeedalignError } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';

/** The lowest float: a difference beyond it would be −∞, and zero times that no number. */
const lowest = -3.4028234663852886e38;

export interface CrossEntropyAttributes {
  /** A factor of the error, such as 1/N for the gradient of a mean. Default 1. */
  readonly scale?: number;
}

const scaled = (error: tf.Tensor, scale: number) => (scale === 1 ? error : tf.mul(error, scale));

/**
 * Softmax, cross-entropy and the error at the logits, together: p = softmax(a), L_n = −Σ_c y_nc log p_nc,
 * e = scale·∂L_n/∂a = scale·(p Σ_c y_nc − y). Classes are the last axis.
 *
 * @returns [p, L without the last axis, e]
 */
export const softmaxCrossEntropy = primitive(
  'SoftmaxCrossEntropy',
  {
    takes: { logits: '…s classes', targets: '…s classes' },
    shapes: ({ logits }: { logits: tf.Tensor; targets: tf.Tensor }) => {
      if (logits.shape[logits.rank - 1] > 0) return {};
      throw new FeedalignError(
        'shape-mismatch',
        `SoftmaxCrossEntropy was given logits [${logits.shape.join(', ')}]: of no class.`,
        'Give at least one.',
      );
    },
  },
  (
    { logits, targets }: { logits: tf.Tensor; targets: tf.Tensor },
    { scale = 1 }: CrossEntropyAttributes,
  ): tf.Tensor[] => {
    const shifted = tf.maximum(tf.sub(logits, tf.max(logits, -1, true)), lowest);
    const powers = tf.exp(shifted);
    const total = tf.sum(powers, -1, true);
    const p = tf.div(powers, total);
    const weight = tf.sum(targets, -1, true);
    // −Σ y log p = Σy·log Σexp − Σ y·shifted: exact also where p is too small for a float.
    const losses = tf.sub(
      tf.squeeze(tf.mul(weight, tf.log(total)), [-1]),
      tf.sum(tf.mul(targets, shifted), -1),
    );
    const error = scaled(tf.sub(tf.mul(p, weight), targets), scale);
    return [p, losses, error];
  },
);

/**
 * Sigmoid, binary cross-entropy and the error at the logits, together: p = σ(a),
 * L = max(a, 0) − a·y + log(1 + exp(−|a|)), e = scale·(p − y), elementwise.
 *
 * @returns [p, L, e], each of the logits' shape
 */
export const sigmoidCrossEntropy = primitive(
  'SigmoidCrossEntropy',
  { takes: { logits: '…s', targets: '…s' } },
  (
    { logits, targets }: { logits: tf.Tensor; targets: tf.Tensor },
    { scale = 1 }: CrossEntropyAttributes,
  ): tf.Tensor[] => {
    const p = tf.sigmoid(logits);
    const losses = tf.add(
      tf.sub(tf.relu(logits), tf.mul(logits, targets)),
      tf.log1p(tf.exp(tf.neg(tf.abs(logits)))),
    );
    return [p, losses, scaled(tf.sub(p, targets), scale)];
  },
);
