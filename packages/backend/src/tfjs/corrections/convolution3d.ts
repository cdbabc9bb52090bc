import { backend_util } from '@tensorflow/tfjs-core';
import type { Loop } from './numbers.js';
import { withoutNegativePadding } from './volumes.js';

type Five = [number, number, number, number, number];

interface ConvolutionOfTfjs {
  readonly strides: number | [number, number, number];
  readonly pad: 'valid' | 'same';
}

type Info = ReturnType<typeof backend_util.computeConv3DInfo>;

/** Calls `visit` with where the channels begin in input, kernel and output, for each pair that a kernel's element joins. */
function everyPair(info: Info, visit: (input: number, kernel: number, output: number) => void): void {
  const { inDepth, inHeight, inWidth, inChannels, outDepth, outHeight, outWidth, outChannels, padInfo } =
    info;
  const { filterDepth, filterHeight, filterWidth, strideDepth, strideHeight, strideWidth } = info;
  let output = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let d = 0; d < outDepth; d++) {
      for (let h = 0; h < outHeight; h++) {
        for (let w = 0; w < outWidth; w++, output += outChannels) {
          for (let i = 0; i < filterDepth; i++) {
            const front = d * strideDepth + i - padInfo.front;
            if (front < 0 || front >= inDepth) continue;
            for (let j = 0; j < filterHeight; j++) {
              const top = h * strideHeight + j - padInfo.top;
              if (top < 0 || top >= inHeight) continue;
              for (let k = 0; k < filterWidth; k++) {
                const left = w * strideWidth + k - padInfo.left;
                if (left < 0 || left >= inWidth) continue;
                const input = (((n * inDepth + front) * inHeight + top) * inWidth + left) * inChannels;
                const kernel = ((i * filterHeight + j) * filterWidth + k) * inChannels * outChannels;
                visit(input, kernel, output);
              }
            }
          }
        }
      }
    }
  }
}

const infoOf = (input: number[], kernel: number[], { strides, pad }: ConvolutionOfTfjs) =>
  withoutNegativePadding(backend_util.computeConv3DInfo(input as Five, kernel as Five, strides, 1, pad));

/** Each output is the sum of the inputs that it is made of, times their weights. */
export const convolution3dLoop: Loop<ConvolutionOfTfjs> = ({ x, filter }, inputs, attributes) => {
  const info = infoOf(inputs.x.shape, inputs.filter.shape, attributes);
  const { inChannels, outChannels, outShape } = info;
  const values = new Float32Array(outShape.reduce((size, dimension) => size * dimension, 1));
  everyPair(info, (input, kernel, output) => {
    for (let c = 0; c < inChannels; c++) {
      const row = kernel + c * outChannels;
      for (let o = 0; o < outChannels; o++) values[output + o] += x[input + c] * filter[row + o];
    }
  });
  return { shape: outShape, values };
};

/** Each output's signal goes to the inputs that it was made of, times their weights. */
export const convolution3dInputGradientLoop: Loop<ConvolutionOfTfjs & { inputShape: Five }> = (
  { dy, filter },
  inputs,
  attributes,
) => {
  const info = infoOf(attributes.inputShape, inputs.filter.shape, attributes);
  const values = new Float32Array(attributes.inputShape.reduce((size, dimension) => size * dimension, 1));
  const { inChannels, outChannels } = info;
  everyPair(info, (input, kernel, output) => {
    for (let c = 0; c < inChannels; c++) {
      const row = kernel + c * outChannels;
      let sum = 0;
      for (let o = 0; o < outChannels; o++) sum += dy[output + o] * filter[row + o];
      values[input + c] += sum;
    }
  });
  return { shape: attributes.inputShape, values };
};

/** Each weight gets the products of the inputs and signals that it joins. */
export const convolution3dKernelGradientLoop: Loop<ConvolutionOfTfjs & { filterShape: Five }> = (
  { x, dy },
  inputs,
  attributes,
) => {
  const info = infoOf(inputs.x.shape, attributes.filterShape, attributes);
  const values = new Float32Array(attributes.filterShape.reduce((size, dimension) => size * dimension, 1));
  const { inChannels, outChannels } = info;
  everyPair(info, (input, kernel, output) => {
    for (let c = 0; c < inChannels; c++) {
      const row = kernel + c * outChannels;
      for (let o = 0; o < outChannels; o++) values[row + o] += x[input + c] * dy[output + o];
    }
  });
  return { shape: attributes.filterShape, values };
};
