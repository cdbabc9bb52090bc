import {
  type ActivationName,
  activations,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from '@feedalign/backend';
import { neverRepeat } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';

/** What a loss makes of one output's logits. */
export interface Evaluated {
  /** Predictions: the output's activation of the logits. */
  readonly predictions: tf.Tensor;
  /** The loss of each example, [N] or [N, …]. */
  readonly losses: tf.Tensor;
  /** scale·∂losses/∂logits, each example's own. */
  readonly error: tf.Tensor;
}

/** A loss with its error at the logits in closed form, for the activation that belongs to it. */
export interface Loss {
  readonly activation: ActivationName;
  /** What targets look like: the logits, or a class number for each of their rows. Default: whatever the loss takes. */
  readonly targets?: 'logits' | 'classes';
  /** @param scale a factor of the error, such as 1/N for the gradient of a mean; default 1 */
  evaluate(logits: tf.Tensor, targets: tf.Tensor, scale?: number): Evaluated;
}

const crossEntropy = (logits: tf.Tensor, targets: tf.Tensor, scale?: number): Evaluated => {
  const [predictions, losses, error] = softmaxCrossEntropy({ logits, targets }, { scale });
  return { predictions, losses, error };
};

/** Number of entries in the last axis, over which tfjs' losses take their mean. */
const width = (logits: tf.Tensor) => logits.shape[logits.rank - 1] ?? 1;

/**
 * The losses that have a closed form, by their names in tfjs.
 *
 * - `categoricalCrossentropy`, softmax: e = p Σy − y. tfjs clips p at 1e-7; this does not, so that a loss above 16
 *   is told as it is and its error does not vanish.
 * - `sparseCategoricalCrossentropy`: the same with class numbers for targets.
 * - `binaryCrossentropy`, sigmoid: e = (p − y)/C, the mean over the C entries of the last axis, as in tfjs.
 * - `meanSquaredError`, linear: e = 2(a − y)/C, likewise.
 * - `halfSquaredError`, linear: L = ½ Σ (a − y)², e = a − y: the papers' form.
 * - `sigmoidCrossentropy`, sigmoid: the sum over the entries instead of the mean, e = p − y: the papers' form.
 */
export const losses = {
  categoricalCrossentropy: { activation: 'softmax', targets: 'logits', evaluate: crossEntropy },
  sparseCategoricalCrossentropy: {
    activation: 'softmax',
    targets: 'classes',
    evaluate: (logits, targets, scale = 1) => {
      const classes = tf.cast(tf.reshape(targets, logits.shape.slice(0, -1)), 'int32');
      const oneHot = tf.cast(tf.oneHot(classes, width(logits)), 'float32');
      const evaluated = crossEntropy(logits, oneHot, scale);
      // A class that there is not has a row of zeros: its loss is no number, instead of none.
      return { ...evaluated, losses: tf.div(evaluated.losses, tf.sum(oneHot, -1)) };
    },
  },
  binaryCrossentropy: {
    activation: 'sigmoid',
    targets: 'logits',
    evaluate: (logits, targets, scale = 1) => {
      const share = { scale: scale / width(logits) };
      const [predictions, losses, error] = sigmoidCrossEntropy({ logits, targets }, share);
      return { predictions, losses: tf.mean(losses, -1), error };
    },
  },
  sigmoidCrossentropy: {
    activation: 'sigmoid',
    targets: 'logits',
    evaluate: (logits, targets, scale = 1) => {
      const [predictions, losses, error] = sigmoidCrossEntropy({ logits, targets }, { scale });
      return { predictions, losses: tf.sum(losses, -1), error };
    },
  },
  meanSquaredError: {
    activation: 'linear',
    targets: 'logits',
    evaluate: (logits, targets, scale = 1) => {
      const difference = tf.sub(logits, targets);
      const losses = tf.mean(tf.square(difference), -1);
      return { predictions: logits, losses, error: tf.mul(difference, (2 * scale) / width(logits)) };
    },
  },
  halfSquaredError: {
    activation: 'linear',
    targets: 'logits',
    evaluate: (logits, targets, scale = 1) => {
      const error = tf.sub(logits, targets);
      const losses = tf.mul(0.5, tf.sum(tf.square(error), -1));
      return { predictions: logits, losses, error: scale === 1 ? error : tf.mul(error, scale) };
    },
  },
} satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;

/** The loss of each example as a function of targets and predictions, as tfjs' own losses are. */
export type LossFunction = (targets: tf.Tensor, predictions: tf.Tensor) => tf.Tensor;

/**
 * Any loss under any activation: the error comes from tfjs' autodiff, over the logits alone. Autodiff needs the
 * gradients that `@tensorflow/tfjs-layers` (or `@tensorflow/tfjs`) registers when it is imported.
 *
 * @example
 * ```ts
 * const absolute = derivedLoss((targets, predictions) => tf.mean(tf.abs(tf.sub(predictions, targets)), -1), 'linear');
 * ```
 */
export function derivedLoss(loss: LossFunction, activation: ActivationName): Loss {
  const predict = activations[activation].forward;
  return {
    activation,
    evaluate: (logits, targets, scale = 1) => {
      neverRepeat();
      return {
        predictions: predict(logits),
        losses: loss(targets, predict(logits)),
        error: tf.mul(tf.grad((a) => tf.sum(loss(targets, predict(a))))(logits), scale),
      };
    },
  };
}
