import {
  activationGradient,
  denseInputGradient,
  denseKernelGradient,
  gradientBy,
  product,
  sumLeading,
} from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { bothForms, type Check, differentiated } from '../check.js';
import * as plain from '../plain/product.js';
import { drawn, mapped } from '../values.js';

type Matrix = tf.Tensor2D;

/** A dense layer with its activation, fused as layers do it: [rows, from] → [rows, to]. */
function dense(
  operation: string,
  rows: number,
  from: number,
  to: number,
  activation: 'linear' | 'relu',
): Check {
  const rectified = activation === 'relu' ? (a: number) => Math.max(0, a) : (a: number) => a;
  return differentiated({
    operation,
    inputs: {
      x: drawn('x', [rows, from]),
      kernel: drawn('kernel', [from, to]),
      bias: drawn('bias', [to]),
    },
    plain: ({ x, kernel, bias }) => mapped(plain.withBias(plain.product(x, kernel), bias), rectified),
    tfjs: ({ x, kernel, bias }) =>
      tf.fused.matMul({ a: x as Matrix, b: kernel as Matrix, bias: bias as tf.Tensor1D, activation }),
    feedalign: ({ x, kernel, bias }, signal) => {
      const output = product({ a: x, b: kernel, bias }, { activation });
      const delta = activationGradient({ signal, y: output }, { activation });
      return [
        ['output', output],
        ['x', denseInputGradient({ delta, kernel }, {})],
        ...bothForms('kernel', gradientBy(denseKernelGradient, { input: x, delta }, {}), kernel.shape),
        ...bothForms('bias', gradientBy(sumLeading, { x: delta }, {}), bias.shape),
      ];
    },
  });
}

/** A product with operands stored as their transposes, or several products at once. */
function matMul(
  operation: string,
  transposeA: boolean,
  transposeB: boolean,
  batch: readonly number[] = [],
): Check {
  const [m, k, n] = [5, 7, 9];
  return differentiated({
    operation,
    inputs: {
      a: drawn('a', [...batch, ...(transposeA ? [k, m] : [m, k])]),
      b: drawn('b', [...batch, ...(transposeB ? [n, k] : [k, n])]),
    },
    plain: ({ a, b }) => plain.product(a, b, transposeA, transposeB),
    tfjs: ({ a, b }) => tf.matMul(a, b, transposeA, transposeB),
    ...(batch.length === 0 && {
      feedalign: ({ a, b }) => [['output', product({ a, b }, { transposeA, transposeB })]],
    }),
  });
}

export const denseChecks: readonly Check[] = [
  dense('dense', 5, 7, 9, 'linear'),
  dense('dense with relu', 5, 7, 9, 'relu'),
  dense('dense, divided among threads', 72, 50, 60, 'relu'),
  matMul('product Aᵀ·B', true, false),
  matMul('product A·Bᵀ', false, true),
  matMul('product Aᵀ·Bᵀ', true, true),
  matMul('products, several at once', false, true, [3]),
];
