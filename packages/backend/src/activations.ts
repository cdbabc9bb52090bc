import { FeedalignError } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';

/** f, its derivative, and that transposed. */
interface Activation {
  /** y = f(a) */
  forward(a: tf.Tensor): tf.Tensor;
  /** f′ᵀ·signal, given y and, where f′ is no function of y, a. */
  gradient(signal: tf.Tensor, y: tf.Tensor, a: tf.Tensor): tf.Tensor;
  /** f′·change, given y, where f′ is not symmetric; elsewhere it is `gradient`. */
  tangent?(change: tf.Tensor, y: tf.Tensor): tf.Tensor;
  /** f′ is 0 or 1. */
  isGate?: true;
  /** f′ cannot be told from y: the pre-activation is kept for the way back. */
  needsPreActivation?: true;
  /** tfjs' fused kernels know it under this name. */
  fused?: tf.fused.Activation;
}

const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;
const geluCubic = 0.044715;
const geluSlope = Math.sqrt(2 / Math.PI);

const normalCdf = (a: tf.Tensor) => tf.mul(0.5, tf.add(1, tf.erf(tf.mul(a, Math.SQRT1_2))));
const normalPdf = (a: tf.Tensor) => tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(-0.5, tf.square(a))));
const oneMinusSquare = (x: tf.Tensor) => tf.sub(1, tf.square(x));
const geluArgument = (a: tf.Tensor) =>
  tf.mul(geluSlope, tf.add(a, tf.mul(geluCubic, tf.mul(a, tf.square(a)))));

/** signal where the mask is one, else nothing. */
const where = (mask: tf.Tensor, signal: tf.Tensor) => tf.mul(signal, tf.cast(mask, 'float32'));

/**
 * The activations of tfjs-layers by their names there, with tfjs-layers' constants.
 *
 * At a kink the derivative is the one that tfjs takes: 0 for relu, relu6 and hardSigmoid.
 */
const table = {
  linear: {
    forward: (a) => a,
    gradient: (signal) => signal,
    fused: 'linear',
  },
  relu: {
    forward: tf.relu,
    gradient: (signal, y) => tf.mul(signal, tf.step(y)),
    isGate: true,
    fused: 'relu',
  },
  relu6: {
    forward: tf.relu6,
    gradient: (signal, y) => where(tf.logicalAnd(tf.greater(y, 0), tf.less(y, 6)), signal),
    isGate: true,
    fused: 'relu6',
  },
  sigmoid: {
    forward: tf.sigmoid,
    gradient: (signal, y) => tf.mul(signal, tf.mul(y, tf.sub(1, y))),
    fused: 'sigmoid',
  },
  tanh: {
    forward: tf.tanh,
    gradient: (signal, y) => tf.mul(signal, oneMinusSquare(y)),
  },
  elu: {
    forward: tf.elu,
    gradient: (signal, y) => tf.mul(signal, tf.where(tf.greater(y, 0), tf.onesLike(y), tf.add(y, 1))),
    fused: 'elu',
  },
  selu: {
    forward: tf.selu,
    gradient: (signal, y) =>
      tf.mul(
        signal,
        tf.where(tf.greater(y, 0), tf.fill(y.shape, seluScale), tf.add(y, seluScale * seluAlpha)),
      ),
  },
  softplus: {
    forward: tf.softplus,
    gradient: (signal, y) => tf.mul(signal, tf.neg(tf.expm1(tf.neg(y)))),
  },
  softsign: {
    forward: (a) => tf.div(a, tf.add(1, tf.abs(a))),
    gradient: (signal, y) => tf.mul(signal, tf.square(tf.sub(1, tf.abs(y)))),
  },
  hardSigmoid: {
    forward: (a) => tf.clipByValue(tf.add(tf.mul(0.2, a), 0.5), 0, 1),
    gradient: (signal, y) => where(tf.logicalAnd(tf.greater(y, 0), tf.less(y, 1)), tf.mul(0.2, signal)),
  },
  softmax: {
    forward: (a) => tf.softmax(a),
    gradient: (signal, y) => {
      const weighted = tf.mul(signal, y);
      return tf.sub(weighted, tf.mul(y, tf.sum(weighted, -1, true)));
    },
  },
  logSoftmax: {
    forward: (a) => tf.logSoftmax(a),
    gradient: (signal, y) => tf.sub(signal, tf.mul(tf.exp(y), tf.sum(signal, -1, true))),
    tangent: (change, y) => tf.sub(change, tf.sum(tf.mul(tf.exp(y), change), -1, true)),
  },
  swish: {
    forward: (a) => tf.mul(a, tf.sigmoid(a)),
    gradient: (signal, y, a) => {
      const gate = tf.sigmoid(a);
      return tf.mul(signal, tf.add(gate, tf.mul(y, tf.sub(1, gate))));
    },
    needsPreActivation: true,
  },
  mish: {
    forward: (a) => tf.mul(a, tf.tanh(tf.softplus(a))),
    gradient: (signal, _y, a) => {
      const gate = tf.tanh(tf.softplus(a));
      return tf.mul(signal, tf.add(gate, tf.mul(a, tf.mul(tf.sigmoid(a), oneMinusSquare(gate)))));
    },
    needsPreActivation: true,
  },
  gelu: {
    forward: (a) => tf.mul(a, normalCdf(a)),
    gradient: (signal, _y, a) => tf.mul(signal, tf.add(normalCdf(a), tf.mul(a, normalPdf(a)))),
    needsPreActivation: true,
  },
  gelu_new: {
    forward: (a) => tf.mul(tf.mul(0.5, a), tf.add(1, tf.tanh(geluArgument(a)))),
    gradient: (signal, _y, a) => {
      const t = tf.tanh(geluArgument(a));
      const slope = tf.mul(geluSlope, tf.add(1, tf.mul(3 * geluCubic, tf.square(a))));
      const outer = tf.mul(0.5, tf.add(1, t));
      return tf.mul(signal, tf.add(outer, tf.mul(tf.mul(0.5, a), tf.mul(oneMinusSquare(t), slope))));
    },
    needsPreActivation: true,
  },
} satisfies Record<string, Activation>;

export type ActivationName = keyof typeof table;

/** Every activation by name. */
export const activations: Readonly<Record<ActivationName, Activation>> = table;

/** As Keras writes them. */
const snakeCase = new Map([
  ['hard_sigmoid', 'hardSigmoid'],
  ['log_softmax', 'logSoftmax'],
]);

const spelled = (name: string) => snakeCase.get(name) ?? name;

/** Whether there is an activation of this name. */
export const isActivationName = (name: string): boolean => Object.hasOwn(table, spelled(name));

/**
 * The activation of this name, as tfjs-layers writes it in a layer's configuration.
 *
 * @throws FeedalignError `unknown-name` for a name that is not in the table
 */
export function activationName(name: string): ActivationName {
  if (isActivationName(name)) return spelled(name) as ActivationName;
  throw new FeedalignError(
    'unknown-name',
    `There is no activation '${name}'.`,
    `Use one of ${Object.keys(table).join(', ')}.`,
  );
}
