import * as tf from '@tensorflow/tfjs-core';
import { type ActivationName, activations } from '../activations.js';

export interface ConvolutionAttributes {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: 'same' | 'valid';
  readonly activation?: ActivationName;
}

export type Four = [number, number, number, number];
type Padding = [[number, number], [number, number], [number, number], [number, number]];

export const geometry = (
  x: number[],
  kernel: number[],
  { strides, dilations, padding }: ConvolutionAttributes,
) => tf.backend_util.computeConv2DInfo(x as Four, kernel as Four, [...strides], [...dilations], padding);

/** Padding of rows and columns. A negative end means that the last of them are left over and not looked at. */
export const pads = (top: number, bottom: number, left: number, right: number): Padding => [
  [0, 0],
  [Math.max(0, top), Math.max(0, bottom)],
  [Math.max(0, left), Math.max(0, right)],
  [0, 0],
];

export interface ConvolutionInputs {
  readonly x: tf.Tensor;
  readonly kernel: tf.Tensor;
  readonly bias?: tf.Tensor;
}

export function convolved(
  padded: (padding: 'same' | 'valid', info: tf.backend_util.PadInfo) => 'same' | 'valid' | Padding,
) {
  return ({ x, kernel, bias }: ConvolutionInputs, attributes: ConvolutionAttributes): tf.Tensor => {
    const { strides, dilations, padding, activation = 'linear' } = attributes;
    const { fused, forward } = activations[activation];
    const { padInfo } = geometry(x.shape, kernel.shape, attributes);
    const a = tf.fused.conv2d({
      x: x as tf.Tensor4D,
      filter: kernel as tf.Tensor4D,
      strides: [...strides],
      dilations: [...dilations],
      // Also this function takes padding in numbers; only its type does not say so.
      pad: padded(padding, padInfo) as 'same',
      bias: bias as tf.Tensor1D,
      activation: fused ?? 'linear',
    });
    return fused ? a : forward(a);
  };
}

export interface KernelGradientInputs {
  readonly x: tf.Tensor;
  readonly delta: tf.Tensor;
}
export interface KernelGradientAttributes extends ConvolutionAttributes {
  readonly kernelShape: readonly number[];
}

/** tfjs' own kernel, on the backends that have one. */
export const stockConvolutionKernelGradient = (
  { x, delta }: KernelGradientInputs,
  { strides, padding, dilations, kernelShape, ...attributes }: KernelGradientAttributes,
): tf.Tensor => {
  if (dilations.some((rate) => rate > 1)) {
    return convolvedKernelGradient({ x, delta }, { strides, padding, dilations, kernelShape, ...attributes });
  }
  const given = { strides: [...strides], pad: padding, dataFormat: 'NHWC', filterShape: [...kernelShape] };
  return tf.engine().runKernel('Conv2DBackpropFilter', { x, dy: delta }, given) as tf.Tensor;
};

/**
 * A convolution of transposed tensors: the input's channels become examples, the examples become channels,
 * δ becomes the kernel, and strides and dilations change places.
 */
export function convolvedKernelGradient(
  { x, delta }: KernelGradientInputs,
  attributes: KernelGradientAttributes,
): tf.Tensor {
  return tf.tidy(() => {
    const { strides, dilations, kernelShape } = attributes;
    const { padInfo } = geometry(x.shape, [...kernelShape], attributes);
    const [, height, width] = x.shape;
    const [, rows, columns] = delta.shape as Four;
    const rest = (kernel: number, outputs: number, size: number, before: number, axis: 0 | 1) =>
      (kernel - 1) * dilations[axis] + (outputs - 1) * strides[axis] + 1 - size - before;
    const bottom = rest(kernelShape[0], rows, height, padInfo.top, 0);
    const right = rest(kernelShape[1], columns, width, padInfo.left, 1);
    const used = tf.slice(
      x as tf.Tensor4D,
      [0, 0, 0, 0],
      [-1, height + Math.min(0, bottom), width + Math.min(0, right), -1],
    );
    const result = tf.conv2d(
      tf.pad(tf.transpose(used, [3, 1, 2, 0]), pads(padInfo.top, bottom, padInfo.left, right)),
      tf.transpose(delta, [1, 2, 0, 3]) as tf.Tensor4D,
      [...dilations],
      'valid',
      'NHWC',
      [...strides],
    );
    return tf.transpose(result, [1, 2, 0, 3]);
  });
}

/**
 * The convolution on wasm: with `same` and a last window that ends before the input, tfjs' kernel there reads the wrong
 * places; told the padding in numbers it does not.
 */
export const convolutionOnWasm = convolved((_padding, { top, bottom, left, right }) =>
  pads(top, bottom, left, right),
);
