import { backend_util } from '@tensorflow/tfjs-core';
import { withoutNegativePadding } from './volumes.js';

type Triple = readonly [number, number, number];

/** Where the windows of a pooling lie. Images are volumes of depth one. */
export interface Windows {
  readonly batch: number;
  readonly channels: number;
  /** Depth, height and width of the input, and how many windows there are along each. */
  readonly size: Triple;
  readonly places: Triple;
  readonly window: Triple;
  readonly strides: Triple;
  /** Padding before the first element. */
  readonly before: Triple;
}

/** What tfjs passes to its pooling kernels. */
export interface PoolingOfTfjs {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The windows over an input of shape [N, h, w, c] or [N, d, h, w, c]. */
export function windowsOver(
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolingOfTfjs,
): Windows {
  const given = [shape, filterSize, strides, 1, pad, dimRoundingMode] as const;
  if (shape.length === 4) {
    const info = backend_util.computePool2DInfo(...(given as unknown as Parameters<typeof pool2d>));
    return {
      batch: info.batchSize,
      channels: info.inChannels,
      size: [1, info.inHeight, info.inWidth],
      places: [1, info.outHeight, info.outWidth],
      window: [1, info.filterHeight, info.filterWidth],
      strides: [1, info.strideHeight, info.strideWidth],
      before: [0, info.padInfo.top, info.padInfo.left],
    };
  }
  const info = withoutNegativePadding(
    backend_util.computePool3DInfo(...(given as unknown as Parameters<typeof pool3d>)),
  );
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    size: [info.inDepth, info.inHeight, info.inWidth],
    places: [info.outDepth, info.outHeight, info.outWidth],
    window: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  };
}

const { computePool2DInfo: pool2d, computePool3DInfo: pool3d } = backend_util;

/**
 * Visits each window: `output` is where the numbers of its channels begin in the output, and the first `count` of
 * `elements` where those of its elements begin in the input, padding left out.
 */
export function everyWindow(
  { batch, channels, size, places, window, strides, before }: Windows,
  visit: (output: number, elements: Int32Array, count: number) => void,
): void {
  const [depth, height, width] = size;
  const elements = new Int32Array(window[0] * window[1] * window[2]);
  const range = (axis: 0 | 1 | 2, place: number): [number, number] => {
    const start = place * strides[axis] - before[axis];
    return [Math.max(0, start), Math.min(size[axis], start + window[axis])];
  };
  let output = 0;
  for (let n = 0; n < batch; n++) {
    for (let d = 0; d < places[0]; d++) {
      const [front, back] = range(0, d);
      for (let h = 0; h < places[1]; h++) {
        const [top, bottom] = range(1, h);
        for (let w = 0; w < places[2]; w++) {
          const [left, right] = range(2, w);
          let count = 0;
          for (let i = front; i < back; i++) {
            for (let j = top; j < bottom; j++) {
              const row = ((n * depth + i) * height + j) * width;
              for (let k = left; k < right; k++) elements[count++] = (row + k) * channels;
            }
          }
          visit(output, elements, count);
          output += channels;
        }
      }
    }
  }
}
