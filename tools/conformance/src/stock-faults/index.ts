import * as tf from '@tensorflow/tfjs-core';
import { apart } from '../stock-gradients.js';
import {
  convolutionError,
  gradientError,
  negative,
  normal,
  normalizationError,
  skippingError,
} from './measures.js';

/** A kernel of tfjs 4.22 that computes wrong numbers, and how far they are from the truth on the backend in use. */
export interface Fault {
  readonly kernel: string;
  /** In which case. */
  readonly when: string;
  readonly backends: readonly ('cpu' | 'wasm')[];
  /** The largest difference from central differences, or from plain loops, over the largest true number. */
  error(): number;
}

type Images = tf.Tensor4D;
type Volumes = tf.Tensor5D;

const images = () => normal([2, 5, 4, 2], 'x');
const volumes = () => normal([2, 4, 5, 4, 2], 'x');
const kernels = () => normal([2, 3, 2, 2, 3], 'kernel');

const resized =
  (resize: 'resizeNearestNeighbor' | 'resizeBilinear', shape: number[], isHalfPixel = false) =>
  () =>
    gradientError(normal(shape, 'x'), (x) => tf.image[resize](x as Images, [5, 7], false, isHalfPixel));

const noPositive = 'a window has no number above zero';
const border = '`same` and a window reaches beyond the border';
const skipped = '`same` and strides are larger than the window of a volume';
const leftOver = '`same` and the last window ends before the input does';

export const stockFaults: readonly Fault[] = [
  {
    kernel: 'MaxPoolGrad',
    when: noPositive,
    backends: ['wasm'],
    error: () => gradientError(negative([2, 5, 4, 2]), (x) => tf.maxPool(x as Images, 2, 2, 'same')),
  },
  {
    kernel: 'MaxPool3D',
    when: noPositive,
    backends: ['wasm'],
    error: () => {
      const x = negative([1, 2, 2, 2, 3]);
      const largest = tf.max(x, [1, 2, 3]).dataSync();
      return apart(tf.maxPool3d(x as Volumes, 2, 1, 'valid').dataSync(), largest);
    },
  },
  {
    kernel: 'MaxPool3DGrad',
    when: noPositive,
    backends: ['wasm'],
    error: () => gradientError(negative([1, 4, 3, 4, 2]), (x) => tf.maxPool3d(x as Volumes, 2, 2, 'same')),
  },
  {
    kernel: 'MaxPool3DGrad',
    when: 'the window is not as high as it is wide',
    backends: ['cpu'],
    error: () =>
      gradientError(negative([1, 2, 4, 6, 1]), (x) => tf.maxPool3d(x as Volumes, [1, 2, 3], 2, 'valid')),
  },
  {
    kernel: 'AvgPoolGrad',
    when: border,
    backends: ['cpu', 'wasm'],
    error: () => gradientError(images(), (x) => tf.avgPool(x as Images, 3, 2, 'same')),
  },
  {
    kernel: 'AvgPool3DGrad',
    when: border,
    backends: ['cpu', 'wasm'],
    error: () => gradientError(volumes(), (x) => tf.avgPool3d(x as Volumes, 3, 2, 'same')),
  },
  {
    kernel: 'ResizeNearestNeighborGrad',
    when: 'there is more than one image',
    backends: ['cpu'],
    error: resized('resizeNearestNeighbor', [2, 3, 3, 2]),
  },
  {
    kernel: 'ResizeNearestNeighborGrad',
    when: 'pixels have their centres half a pixel in',
    backends: ['cpu', 'wasm'],
    error: resized('resizeNearestNeighbor', [1, 3, 3, 2], true),
  },
  {
    kernel: 'ResizeBilinearGrad',
    when: 'the image is not square',
    backends: ['cpu'],
    error: resized('resizeBilinear', [1, 3, 4, 2]),
  },
  {
    kernel: 'ResizeBilinearGrad',
    when: 'pixels have their centres half a pixel in',
    backends: ['cpu', 'wasm'],
    error: resized('resizeBilinear', [1, 3, 3, 2], true),
  },
  {
    kernel: 'Conv3DBackpropInputV2',
    when: 'the input is deeper than the kernel',
    backends: ['wasm'],
    error: () => gradientError(volumes(), (x) => tf.conv3d(x as Volumes, kernels() as Volumes, 1, 'same')),
  },
  {
    kernel: 'Conv3DBackpropFilterV2',
    when: 'strides are above one',
    backends: ['wasm'],
    error: () =>
      gradientError(kernels(), (kernel) => tf.conv3d(volumes() as Volumes, kernel as Volumes, 2, 'same')),
  },
  {
    kernel: 'Conv2D',
    when: leftOver,
    backends: ['wasm'],
    error: () => convolutionError(false, (x, kernel, strides) => tf.conv2d(x, kernel, strides, 'same')),
  },
  {
    kernel: 'FusedConv2D',
    when: leftOver,
    backends: ['wasm'],
    error: () =>
      convolutionError(false, (x, filter, strides) => tf.fused.conv2d({ x, filter, strides, pad: 'same' })),
  },
  {
    kernel: 'DepthwiseConv2dNative',
    when: leftOver,
    backends: ['wasm'],
    error: () =>
      convolutionError(true, (x, kernel, strides) => tf.depthwiseConv2d(x, kernel, strides, 'same')),
  },
  {
    kernel: 'FusedDepthwiseConv2D',
    when: leftOver,
    backends: ['wasm'],
    error: () =>
      convolutionError(true, (x, filter, strides) =>
        tf.fused.depthwiseConv2d({ x, filter, strides, pad: 'same' }),
      ),
  },
  ...(['Conv3D', 'Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2', 'AvgPool3D', 'MaxPool3D'] as const).map(
    (kernel): Fault => ({
      kernel,
      when: skipped,
      backends: ['cpu', 'wasm'],
      error: () => skippingError(kernel),
    }),
  ),
  {
    kernel: 'FusedBatchNorm',
    when: 'the statistics are those of another axis than the last',
    backends: ['cpu', 'wasm'],
    error: normalizationError,
  },
];
