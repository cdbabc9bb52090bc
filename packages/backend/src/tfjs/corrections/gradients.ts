import {
  add,
  broadcast_util,
  conv3d,
  engine,
  type GradConfig,
  getGradient,
  mul,
  neg,
  registerGradient,
  reshape,
  rsqrt,
  sub,
  sum,
  type Tensor,
  type Tensor5D,
  unregisterGradient,
} from '@tensorflow/tfjs-core';
import { gradientsOfTheWayBack } from './way-back.js';

type Gradient = GradConfig['gradFunc'];

/** tfjs hands the signal of a single output by itself, also to a gradient that expects a list. */
const ofLists =
  (stock: Gradient): Gradient =>
  (signal, saved, attributes) =>
    stock([signal].flat() as never, saved, attributes);

/** The sum over what a tensor of this shape was spread over. */
const gathered = (signal: Tensor, { shape }: Tensor) =>
  reshape(sum(signal, broadcast_util.getReductionAxes(shape, signal.shape)), shape);

/** Statistics and weights that have numbers along other axes than the last: tfjs' gradient adds nothing up there. */
const ofSpread =
  (stock: Gradient): Gradient =>
  (signal, saved, attributes) => {
    const [x, mean, variance, scale] = saved;
    if (mean.rank === 1) return stock(signal, saved, attributes);
    const { varianceEpsilon } = attributes as unknown as { varianceEpsilon: number };
    const dy = signal as Tensor;
    const reciprocal = rsqrt(add(variance, varianceEpsilon));
    const centred = sub(x, mean);
    const byNormalized = scale ? mul(dy, scale) : dy;
    return {
      x: () => mul(byNormalized, reciprocal),
      mean: () => gathered(neg(mul(byNormalized, reciprocal)), mean),
      variance: () => {
        const slope = mul(mul(reciprocal, mul(reciprocal, reciprocal)), -0.5);
        return gathered(mul(mul(byNormalized, centred), slope), variance);
      },
      scale: () => gathered(mul(mul(dy, centred), reciprocal), scale),
      offset: () => gathered(dy, mean),
    };
  };

const corrections: Readonly<Record<string, (stock: Gradient) => Gradient>> = {
  FusedBatchNorm: ofSpread,
  SplitV: ofLists,
  Unpack: ofLists,
};

interface ConvolutionOfTfjs {
  readonly strides: number | [number, number, number];
  readonly pad: 'valid' | 'same';
}

/** What `conv3dTranspose` runs: its gradients are a convolution, and the gradient of one. */
const transposedConvolution: GradConfig = {
  kernelName: 'Conv3DBackpropInputV2',
  inputsToSave: ['dy', 'filter'],
  gradFunc: (given, saved, attributes) => {
    const [x, filter] = saved as [Tensor5D, Tensor5D];
    const signal = given as Tensor5D;
    const { strides, pad } = attributes as unknown as ConvolutionOfTfjs;
    const { shape: filterShape } = filter;
    return {
      dy: () => conv3d(signal, filter, strides, pad),
      filter: () =>
        engine().runKernel('Conv3DBackpropFilterV2', { x: signal, dy: x }, { strides, pad, filterShape }),
    };
  },
};

/** Corrected gradients bear this mark in tfjs' registry. */
const mark = Symbol.for('feedalign.corrected');

/**
 * Replaces the gradients of tfjs that fail or are wrong on every backend, and registers those that are missing: those of
 * unstacking a sequence of one and of splitting into one part, of normalization over another axis than the last, and of
 * `conv3dTranspose`, and of kernels on the way back. tfjs-layers or the whole of tfjs registers gradients when it is imported.
 */
export function correctStockGradients(): void {
  for (const [kernelName, correction] of Object.entries(corrections)) {
    const stock = getGradient(kernelName);
    if (!stock || mark in stock) continue;
    unregisterGradient(kernelName);
    registerGradient({ ...stock, gradFunc: correction(stock.gradFunc), [mark]: true } as GradConfig);
  }
  for (const missing of [transposedConvolution, ...gradientsOfTheWayBack]) {
    if (!getGradient(missing.kernelName)) registerGradient(missing);
  }
}
