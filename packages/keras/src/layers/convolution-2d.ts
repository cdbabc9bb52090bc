import {
  addN,
  concat,
  conv2d,
  mul,
  pad,
  reshape,
  slice,
  split,
  type Tensor,
  type Tensor4D,
  unstack,
} from '@tensorflow/tfjs-core';
import { Convolution, type ConvolutionConfig } from './convolution.js';

/** A convolution of images whose channels are divided into groups, each with filters of its own. */
export class GroupedConv2D extends Convolution {
  static readonly className = 'GroupedConv2D';
  constructor(settings: ConvolutionConfig) {
    super(settings, 2);
  }
  private get groups() {
    return this.settings.groups ?? 1;
  }
  /** A filter sees its own group's channels, and a channel is seen by its own group's filters. */
  get kernelFans() {
    const [height, width, features, filters] = this.weightsByName.kernel.shape as number[];
    const window = height * width;
    return { fanIn: window * features, fanOut: (window * filters) / this.groups };
  }
  protected shapes(features: number) {
    return { kernel: [...this.kernelSize, features / this.groups, this.settings.filters as number] };
  }
  protected outputFeatures() {
    return this.settings.filters as number;
  }
  protected convolve(x: Tensor, { kernel }: Record<string, Tensor>): Tensor {
    const kernels = split(kernel, this.groups, 3);
    const parts = (split(x, this.groups, 3) as Tensor4D[]).map((part, i) =>
      conv2d(
        part,
        kernels[i] as Tensor4D,
        this.strides as [number, number],
        this.pad,
        'NHWC',
        this.dilations as [number, number],
      ),
    );
    return concat(parts, 3);
  }
}

/**
 * A depthwise convolution whose windows have gaps: tfjs' `DepthwiseConv2D` leaves the dilation out, and the operation
 * under it has no gradient with one. It is the sum over the window's places of the image, moved there, times the filter.
 */
export class DilatedDepthwiseConv2D extends Convolution {
  static readonly className = 'DilatedDepthwiseConv2D';
  constructor(settings: ConvolutionConfig) {
    super(settings, 2);
  }
  private get multiplier() {
    return this.settings.depthMultiplier ?? 1;
  }
  protected shapes(features: number) {
    return { depthwise_kernel: [...this.kernelSize, features, this.multiplier] };
  }
  protected outputFeatures(features: number) {
    return features * this.multiplier;
  }
  protected convolve(x: Tensor, { depthwise_kernel }: Record<string, Tensor>): Tensor {
    const [batch, ...given] = x.shape as number[];
    const features = given[2];
    const sizes = [0, 1].map((axis) => this.outputSize(given[axis], axis));
    const missing = [0, 1].map((axis) => {
      const window = (this.kernelSize[axis] - 1) * this.dilations[axis] + 1;
      return Math.max((sizes[axis] - 1) * this.strides[axis] + window - given[axis], 0);
    });
    const ends = missing.map((size): [number, number] => [Math.floor(size / 2), Math.ceil(size / 2)]);
    const padded = reshape(pad(x, [[0, 0], ...ends, [0, 0]]), [
      batch,
      ...given.slice(0, 2).map((size, axis) => size + missing[axis]),
      features,
      1,
    ]);
    const places = this.kernelSize[0] * this.kernelSize[1];
    const filters = unstack(reshape(depthwise_kernel, [places, features, this.multiplier]));
    const products = filters.map((filter, place) => {
      const row = Math.floor(place / this.kernelSize[1]) * this.dilations[0];
      const column = (place % this.kernelSize[1]) * this.dilations[1];
      return mul(slice(padded, [0, row, column, 0, 0], [batch, ...sizes, features, 1]), filter);
    });
    return reshape(addN(products), [batch, ...sizes, features * this.multiplier]);
  }
}
