import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, differentiated } from '../check.js';
import * as plain from '../plain/window.js';
import { drawn } from '../values.js';

type Kind = 'max' | 'average';
type Padding = 'same' | 'valid';
type Two = readonly [number, number];
type Images = tf.Tensor4D;
type Volumes = tf.Tensor5D;

/** Which of them is largest must not depend on rounding or on the steps of the differences; normal numbers see to it. */
const shape = [2, 6, 5, 3];
/** All below zero. */
const negative = { mean: -8 };

const kinds = {
  max: {
    plain: plain.maxPool,
    pool: maxPool,
    gradient: maxPoolGradient,
    tfjs: tf.maxPool,
    volume: tf.maxPool3d,
  },
  average: {
    plain: plain.averagePool,
    pool: averagePool,
    gradient: averagePoolGradient,
    tfjs: tf.avgPool,
    volume: tf.avgPool3d,
  },
};

function pool(operation: string, kind: Kind, size: Two, strides: Two, padding: Padding, draw = {}): Check {
  const { plain, pool, gradient, tfjs } = kinds[kind];
  const attributes = { poolSize: size, strides, padding };
  return differentiated({
    operation,
    inputs: { x: drawn('x', shape, draw) },
    plain: ({ x }) => plain(x, { size, strides, padding }),
    tfjs: ({ x }) => tfjs(x as Images, [...size], [...strides], padding),
    feedalign: ({ x }, signal) => {
      const y = pool({ x }, attributes);
      return [
        ['output', y],
        ['x', gradient({ signal, x, y }, attributes)],
      ];
    },
  });
}

function volume(operation: string, kind: Kind, draw = {}): Check {
  const { plain, volume } = kinds[kind];
  const [size, strides]: [number, number, number][] = [
    [2, 2, 3],
    [2, 2, 2],
  ];
  return differentiated({
    operation,
    inputs: { x: drawn('x', [1, 4, 3, 5, 2], draw) },
    plain: ({ x }) => plain(x, { size, strides, padding: 'same' }),
    tfjs: ({ x }) => volume(x as Volumes, size, strides, 'same'),
  });
}

const globally = (operation: string, kind: Kind): Check =>
  differentiated({
    operation,
    inputs: { x: drawn('x', shape, negative) },
    plain: ({ x }) => {
      const whole = kinds[kind].plain(x, { size: [6, 5], strides: [1, 1], padding: 'valid' });
      return { ...whole, shape: [shape[0], shape[3]] };
    },
    tfjs: ({ x }) => (kind === 'max' ? tf.max(x, [1, 2]) : tf.mean(x, [1, 2])),
  });

export const poolingChecks: readonly Check[] = [
  pool('max pool, valid', 'max', [2, 2], [2, 2], 'valid'),
  pool('max pool, same, overlapping', 'max', [3, 3], [2, 2], 'same'),
  pool('max pool, negative numbers', 'max', [2, 2], [2, 2], 'same', negative),
  pool('average pool, valid, overlapping', 'average', [2, 2], [1, 1], 'valid'),
  pool('average pool, same', 'average', [3, 3], [2, 2], 'same'),
  pool('average pool, same, negative numbers', 'average', [3, 2], [2, 2], 'same', negative),
  globally('global max pool', 'max'),
  globally('global average pool', 'average'),
  volume('max pool 3d, same, negative numbers', 'max', negative),
  volume('average pool 3d, same', 'average'),
];
