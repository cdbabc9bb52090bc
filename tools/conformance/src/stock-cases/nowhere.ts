import { layers } from '@tensorflow/tfjs-layers';
import { pointwise, type StockCases, stack } from './case.js';

/** Settings whose training tfjs itself refuses, on every backend: no kernel can help. `convert` trains some of them. */
export const refusedCases: StockCases = {
  'batchNormalization without scale': stack([4], () => [
    pointwise(3),
    layers.batchNormalization({ scale: false }),
  ]),
  'layerNormalization without scale': stack([4], () => [
    pointwise(3),
    layers.layerNormalization({ scale: false }),
  ]),
  'conv2d, dilated': stack([8, 8, 2], () => [
    layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, padding: 'same' }),
  ]),
  'weights before thresholdedReLU': stack([4], () => [pointwise(3), layers.thresholdedReLU()]),
};
