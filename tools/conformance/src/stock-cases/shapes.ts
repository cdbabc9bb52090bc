import { layers } from '@tensorflow/tfjs-layers';
import { pointwise, type StockCases, stack } from './case.js';

export const shapeCases: StockCases = {
  'upSampling2d: nearest': stack([3, 4, 2], () => [
    pointwise(3),
    layers.upSampling2d({ size: [2, 3], interpolation: 'nearest' }),
  ]),
  'upSampling2d: bilinear': stack([3, 4, 2], () => [
    pointwise(3),
    layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' }),
  ]),
  'zeroPadding2d and cropping2D': stack([4, 3, 2], () => [
    pointwise(2),
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 3],
      ],
    }),
    pointwise(3),
    layers.cropping2D({
      cropping: [
        [0, 2],
        [1, 1],
      ],
    }),
  ]),
  'flatten, reshape, permute, repeatVector': stack([2, 3, 2], () => [
    pointwise(2),
    layers.permute({ dims: [3, 1, 2] }),
    layers.flatten(),
    pointwise(6),
    layers.repeatVector({ n: 2 }),
    layers.reshape({ targetShape: [3, 4] }),
    pointwise(2),
    layers.rescaling({ scale: 0.5, offset: 1 } as never),
  ]),
};
