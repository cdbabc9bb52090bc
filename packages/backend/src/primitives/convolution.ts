import { FeedalignError } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type ConvolutionAttributes,
  type ConvolutionInputs,
  convolved,
  convolvedKernelGradient,
  type Four,
  geometry,
  type KernelGradientAttributes,
  type KernelGradientInputs,
  pads,
} from '../forms/convolution.js';
import { primitive } from '../primitive.js';
import { wholeWindows } from '../whole-windows.js';

/** The shape of a convolution's result. */
function outShape(
  name: string,
  x: readonly number[],
  kernel: readonly number[],
  attributes: ConvolutionAttributes,
): readonly number[] {
  const { strides, dilations } = attributes;
  if (strides.some((stride) => stride > 1) && dilations.some((rate) => rate > 1)) {
    throw new FeedalignError(
      'invalid-option',
      `${name} was given strides of ${strides.join('×')} and dilations of ${dilations.join('×')}.`,
      'One of the two must be 1×1.',
    );
  }
  return wholeWindows(name, x, kernel.slice(0, 2), geometry([...x], [...kernel], attributes).outShape);
}

/**
 * y = f(x ∗ K + bias), channels last: x [N, h, w, in], K [kh, kw, in, out], bias [out] → [N, h′, w′, out].
 * One of strides and dilations must be one, as in tfjs.
 */
export const convolution = primitive(
  'Convolution',
  {
    takes: { x: 'N h w in', kernel: 'kh kw in out', bias: 'out?' },
    shapes: ({ x, kernel }: ConvolutionInputs, attributes: ConvolutionAttributes) => {
      outShape('Convolution', x.shape, kernel.shape, attributes);
      return {};
    },
  },
  convolved((padding) => padding),
);

/** The shape of a kernel of this size between the channels of x and of δ. */
const kernelOver = (x: tf.Tensor, delta: tf.Tensor, [rows, columns]: readonly number[]) => [
  rows,
  columns,
  (x.shape as Four)[3],
  (delta.shape as Four)[3],
];

/** ∂L/∂K [kh, kw, in, out], given x [N, h, w, in] and δ [N, h′, w′, out]. */
export const convolutionKernelGradient = primitive(
  'ConvolutionKernelGradient',
  {
    takes: { x: 'N h w in', delta: 'N rows columns out' },
    shapes: ({ x, delta }: KernelGradientInputs, attributes: KernelGradientAttributes) => {
      const { kernelShape } = attributes;
      const kernel = kernelOver(x, delta, kernelShape);
      const [, , channels, outputs] = kernelShape;
      return {
        x: [...x.shape.slice(0, 3), channels],
        delta: [...outShape('ConvolutionKernelGradient', x.shape, kernel, attributes).slice(0, 3), outputs],
      };
    },
    gives: ({ x, delta }, { kernelShape }) => kernelOver(x, delta, kernelShape),
  },
  convolvedKernelGradient,
);

interface InputGradientInputs {
  readonly delta: tf.Tensor;
  readonly kernel: tf.Tensor;
}
interface InputGradientAttributes extends ConvolutionAttributes {
  readonly inputShape: readonly number[];
}

/**
 * The signal at x [N, h, w, in], given δ [N, h′, w′, out] and any kernel [kh, kw, in, out]:
 * with strides of one a convolution of δ with the kernel turned by 180° and its channels swapped, which on
 * wasm is ten times faster than tfjs' transposed convolution; with strides, that transposed convolution.
 */
export const convolutionInputGradient = primitive(
  'ConvolutionInputGradient',
  {
    takes: { delta: 'N rows columns out', kernel: 'kh kw in out' },
    shapes: ({ delta, kernel }: InputGradientInputs, attributes: InputGradientAttributes) => {
      const [rows, columns, channels, outputs] = kernel.shape as Four;
      const x = [delta.shape[0], ...attributes.inputShape.slice(1, 3), channels];
      return {
        kernel: [rows, columns, attributes.inputShape[3], outputs],
        delta: outShape('ConvolutionInputGradient', x, kernel.shape, attributes),
      };
    },
  },
  ({ delta, kernel }: InputGradientInputs, attributes: InputGradientAttributes): tf.Tensor => {
    const { strides, dilations, padding, inputShape } = attributes;
    if (strides.some((stride) => stride > 1)) {
      const [, ...shape] = inputShape;
      return tf.conv2dTranspose(
        delta as tf.Tensor4D,
        kernel as tf.Tensor4D,
        [delta.shape[0], ...shape] as Four,
        [...strides],
        padding,
      );
    }
    return tf.tidy(() => {
      const { padInfo } = geometry([...inputShape], kernel.shape, attributes);
      const [, height, width] = inputShape;
      const [, rows, columns] = delta.shape as Four;
      const [kernelRows, kernelColumns] = kernel.shape as Four;
      const reachDown = (kernelRows - 1) * dilations[0];
      const reachAcross = (kernelColumns - 1) * dilations[1];
      const top = reachDown - padInfo.top;
      const left = reachAcross - padInfo.left;
      const bottom = height - rows - top + reachDown;
      const right = width - columns - left + reachAcross;
      const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
      return tf.conv2d(
        tf.pad(delta as tf.Tensor4D, pads(top, bottom, left, right)),
        turned,
        1,
        'valid',
        'NHWC',
        [...dilations],
      );
    });
  },
);
