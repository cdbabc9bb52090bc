import {
  type ConvolutionAttributes,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
  gradientBy,
  sumLeading,
} from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { bothForms, type Check, differentiated } from '../check.js';
import { withBias } from '../plain/product.js';
import * as plain from '../plain/window.js';
import { drawn } from '../values.js';

type Images = tf.Tensor4D;
type Volumes = tf.Tensor5D;
type Padding = 'same' | 'valid';
type Four = [number, number, number, number];
type Two = readonly [number, number];

const inputsOf = (x: readonly number[], kernel: readonly number[]) => ({
  x: drawn('x', x),
  kernel: drawn('kernel', kernel),
});

function conv2d(
  operation: string,
  x: Four,
  kernel: Four,
  padding: Padding,
  strides: Two = [1, 1],
  dilations: Two = [1, 1],
): Check {
  const attributes: ConvolutionAttributes = { strides, dilations, padding };
  const isDilated = dilations.some((rate) => rate > 1);
  return differentiated({
    operation,
    inputs: { ...inputsOf(x, kernel), bias: drawn('bias', [kernel[3]]) },
    plain: ({ x, kernel, bias }) => withBias(plain.convolution(x, kernel, attributes), bias),
    // tfjs has no gradients of dilated convolutions, and says so.
    ...(!isDilated && {
      tfjs: ({ x, kernel, bias }) =>
        tf.fused.conv2d({
          x: x as Images,
          filter: kernel as Images,
          strides: [...strides],
          pad: padding,
          bias: bias as tf.Tensor1D,
        }),
    }),
    feedalign: ({ x, kernel, bias }, delta) => [
      ['output', convolution({ x, kernel, bias }, attributes)],
      ['x', convolutionInputGradient({ delta, kernel }, { ...attributes, inputShape: x.shape })],
      ...bothForms(
        'kernel',
        gradientBy(convolutionKernelGradient, { x, delta }, { ...attributes, kernelShape: kernel.shape }),
        kernel.shape,
      ),
      ...bothForms('bias', gradientBy(sumLeading, { x: delta }, {}), bias.shape),
    ],
  });
}

const conv1d = (operation: string, padding: Padding, stride: number): Check =>
  differentiated({
    operation,
    inputs: inputsOf([2, 9, 3], [3, 3, 4]),
    plain: ({ x, kernel }) => plain.convolution(x, kernel, { strides: [stride], padding }),
    tfjs: ({ x, kernel }) => tf.conv1d(x as tf.Tensor3D, kernel as tf.Tensor3D, stride, padding),
  });

const depthwise = (operation: string, padding: Padding, strides: Two): Check =>
  differentiated({
    operation,
    inputs: inputsOf([2, 6, 5, 3], [3, 3, 3, 2]),
    plain: ({ x, kernel }) => plain.depthwiseConvolution(x, kernel, { strides, padding }),
    tfjs: ({ x, kernel }) => tf.depthwiseConv2d(x as Images, kernel as Images, [...strides], padding),
  });

const conv2dTranspose = (operation: string, padding: Padding, strides: Two, outputs: Two): Check =>
  differentiated({
    operation,
    inputs: inputsOf([2, 3, 4, 3], [3, 3, 2, 3]),
    plain: ({ x, kernel }) => plain.transposedConvolution(x, kernel, { strides, padding }, outputs),
    tfjs: ({ x, kernel }) =>
      tf.conv2dTranspose(x as Images, kernel as Images, [2, ...outputs, 2], [...strides], padding),
  });

const conv3d = (operation: string, padding: Padding, stride: number): Check =>
  differentiated({
    operation,
    inputs: inputsOf([1, 4, 5, 4, 2], [2, 3, 2, 2, 3]),
    plain: ({ x, kernel }) => plain.convolution(x, kernel, { strides: [stride, stride, stride], padding }),
    tfjs: ({ x, kernel }) => tf.conv3d(x as Volumes, kernel as Volumes, stride, padding),
  });

export const convolutionChecks: readonly Check[] = [
  conv2d('conv2d, valid', [2, 6, 5, 3], [3, 2, 3, 5], 'valid'),
  conv2d('conv2d, same', [2, 6, 5, 3], [3, 3, 3, 5], 'same'),
  conv2d('conv2d, valid, strides 2 and 1', [2, 6, 5, 3], [3, 2, 3, 5], 'valid', [2, 1]),
  conv2d('conv2d, same, strides 2', [2, 6, 5, 3], [3, 3, 3, 5], 'same', [2, 2]),
  conv2d('conv2d, same, strides above the kernel', [1, 6, 6, 2], [2, 2, 2, 3], 'same', [3, 3]),
  conv2d('conv2d, same, dilated', [2, 6, 5, 3], [3, 2, 3, 5], 'same', [1, 1], [2, 2]),
  conv2d('conv2d, 1×1', [2, 4, 5, 3], [1, 1, 3, 5], 'same'),
  conv2d('conv2d, one channel, 5×5', [2, 7, 6, 1], [5, 5, 1, 4], 'same'),
  conv2d('conv2d, divided among threads', [2, 12, 12, 8], [3, 3, 8, 16], 'same'),
  conv1d('conv1d, same', 'same', 1),
  conv1d('conv1d, valid, strides 2', 'valid', 2),
  depthwise('depthwise conv2d, same', 'same', [1, 1]),
  depthwise('depthwise conv2d, valid, strides 2', 'valid', [2, 2]),
  conv2dTranspose('conv2d transposed, valid', 'valid', [1, 1], [5, 6]),
  conv2dTranspose('conv2d transposed, same, strides 2', 'same', [2, 2], [6, 8]),
  conv3d('conv3d, same', 'same', 1),
  conv3d('conv3d, valid, strides 2', 'valid', 2),
];
