import { layers } from '@tensorflow/tfjs-layers';
import { pointwise, type StockCases, stack } from './case.js';

export const normalizationCases: StockCases = {
  // Without a bias where a normalization follows, since its gradient would be zero.
  batchNormalization: stack([4, 3, 2], () => [
    layers.dense({ units: 3, useBias: false }),
    layers.batchNormalization(),
    layers.flatten(),
    layers.dense({ units: 4, useBias: false, activation: 'tanh' }),
    layers.batchNormalization({ epsilon: 0.01 }),
  ]),
  // By the corrected kernel and gradient.
  'batchNormalization over another axis than the last': stack([4, 3], () => [
    layers.dense({ units: 2, useBias: false }),
    layers.batchNormalization({ axis: 1 }),
  ]),
  layerNormalization: stack([4, 3], () => [
    pointwise(5),
    layers.layerNormalization(),
    layers.layerNormalization({ axis: [1, 2] }),
  ]),
  // Each with a seed draws the same mask on every call and every backend; the others have no seed and pass all.
  'dropout and noise': stack([5, 4], () => [
    pointwise(6),
    layers.dropout({ rate: 0.4, seed: 3 }),
    pointwise(5),
    layers.spatialDropout1d({ rate: 0.3, seed: 4 }),
    layers.gaussianNoise({ stddev: 0 }),
    layers.gaussianDropout({ rate: 0 }),
    layers.alphaDropout({ rate: 0 }),
    pointwise(2),
  ]),
};
