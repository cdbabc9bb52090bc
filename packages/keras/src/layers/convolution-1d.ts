import {
  conv2dTranspose,
  depthwiseConv2d,
  expandDims,
  separableConv2d,
  squeeze,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { Convolution, type ConvolutionConfig } from './convolution.js';

/** Convolutions of sequences [batch, time, features] that tfjs has for images only: a sequence is an image of height 1. */
const image = (sequence: Tensor): Tensor4D => expandDims(sequence, 1) as Tensor4D;
const kernelOf = (kernel: Tensor): Tensor4D => expandDims(kernel, 0) as Tensor4D;
const sequence = (result: Tensor): Tensor => squeeze(result, [1]);

/** One filter, or `depthMultiplier`, for each feature by itself. */
export class DepthwiseConv1D extends Convolution {
  static readonly className: string = 'DepthwiseConv1D';
  constructor(settings: ConvolutionConfig) {
    super(settings, 1);
  }
  protected shapes(features: number) {
    return { depthwise_kernel: [...this.kernelSize, features, this.settings.depthMultiplier ?? 1] };
  }
  protected outputFeatures(features: number) {
    return features * (this.settings.depthMultiplier ?? 1);
  }
  protected convolve(x: Tensor, { depthwise_kernel }: Record<string, Tensor>): Tensor {
    // Both strides must be the same, and the other axis has one row.
    const [[stride], [dilation]] = [this.strides, this.dilations];
    const kernel = kernelOf(depthwise_kernel);
    return sequence(
      depthwiseConv2d(image(x), kernel, [stride, stride], this.pad, 'NHWC', [dilation, dilation]),
    );
  }
}

/** A depthwise convolution, and a product over the features after it. */
export class SeparableConv1D extends Convolution {
  static readonly className = 'SeparableConv1D';
  constructor(settings: ConvolutionConfig) {
    super(settings, 1);
  }
  protected shapes(features: number) {
    const multiplier = this.settings.depthMultiplier ?? 1;
    return {
      depthwise_kernel: [...this.kernelSize, features, multiplier],
      pointwise_kernel: [1, features * multiplier, this.settings.filters as number],
    };
  }
  protected outputFeatures() {
    return this.settings.filters as number;
  }
  protected convolve(x: Tensor, { depthwise_kernel, pointwise_kernel }: Record<string, Tensor>): Tensor {
    const [[stride], [dilation]] = [this.strides, this.dilations];
    const kernels = [kernelOf(depthwise_kernel), kernelOf(pointwise_kernel)] as const;
    return sequence(
      separableConv2d(image(x), ...kernels, [stride, stride], this.pad, [dilation, dilation], 'NHWC'),
    );
  }
}

/** The transpose of a convolution: it makes sequences longer. */
export class Conv1DTranspose extends Convolution {
  static readonly className = 'Conv1DTranspose';
  constructor(settings: ConvolutionConfig) {
    super(settings, 1);
  }
  /** The kernel is laid out as [window, out, in]. */
  get kernelFans() {
    const [window, filters, features] = this.weightsByName.kernel.shape as number[];
    return { fanIn: window * features, fanOut: window * filters };
  }
  protected shapes(features: number) {
    return { kernel: [...this.kernelSize, this.settings.filters as number, features] };
  }
  protected outputFeatures() {
    return this.settings.filters as number;
  }
  protected override outputSize(size: number): number {
    const [[stride], [window]] = [this.strides, this.kernelSize];
    return size * stride + (this.pad === 'same' ? 0 : Math.max(window - stride, 0));
  }
  protected convolve(x: Tensor, { kernel }: Record<string, Tensor>): Tensor {
    const [batch, time] = x.shape;
    const shape = [batch, 1, this.outputSize(time as number), this.settings.filters] as [
      number,
      number,
      number,
      number,
    ];
    return sequence(conv2dTranspose(image(x), kernelOf(kernel), shape, [1, this.strides[0]], this.pad));
  }
}
