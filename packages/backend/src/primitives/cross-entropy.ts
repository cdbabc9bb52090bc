import * as tf from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';

const smallest = 1.1754943508222875e-38;

/**
 * Softmax, cross-entropy and the error at the logits, together: p = softmax(a), L_n = −Σ_c y_nc log p_nc,
 * e = ∂L_n/∂a = p Σ_c y_nc − y. Classes are the last axis.
 *
 * @returns [p, L without the last axis, e]
 */
export const softmaxCrossEntropy = primitive(
  'SoftmaxCrossEntropy',
  ({ logits, targets }: { logits: tf.Tensor; targets: tf.Tensor }): tf.Tensor[] => {
    const p = tf.softmax(logits);
    const losses = tf.neg(tf.sum(tf.mul(targets, tf.log(tf.maximum(p, smallest))), -1));
    const error = tf.sub(tf.mul(p, tf.sum(targets, -1, true)), targets);
    return [p, losses, error];
  },
);

/**
 * Sigmoid, binary cross-entropy and the error at the logits, together: p = σ(a),
 * L = max(a, 0) − a·y + log(1 + exp(−|a|)), e = p − y, elementwise.
 *
 * @returns [p, L, e], each of the logits' shape
 */
export const sigmoidCrossEntropy = primitive(
  'SigmoidCrossEntropy',
  ({ logits, targets }: { logits: tf.Tensor; targets: tf.Tensor }): tf.Tensor[] => {
    const p = tf.sigmoid(logits);
    const losses = tf.add(
      tf.sub(tf.relu(logits), tf.mul(logits, targets)),
      tf.log1p(tf.exp(tf.neg(tf.abs(logits)))),
    );
    return [p, losses, tf.sub(p, targets)];
  },
);
