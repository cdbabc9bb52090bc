import { layers } from '@tensorflow/tfjs-layers';
import { pointwise, type StockCases, stack } from './case.js';

/** So that most numbers are below zero: stock kernels look for a maximum among positive ones. */
const lowered = () => layers.rescaling({ scale: 1, offset: -2 });

/** Pooling of what weights have made, so that the gradient by the input is asked for. */
export const poolingCases: StockCases = {
  maxPooling1d: stack([9, 2], () => [
    pointwise(3),
    layers.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
  ]),
  averagePooling1d: stack([9, 2], () => [
    pointwise(3),
    layers.averagePooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
  ]),
  maxPooling2d: stack([7, 6, 2], () => [
    pointwise(3),
    lowered(),
    layers.maxPooling2d({ poolSize: 2, strides: 2, padding: 'same' }),
  ]),
  averagePooling2d: stack([7, 6, 2], () => [
    pointwise(3),
    layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    pointwise(2),
    layers.averagePooling2d({ poolSize: 2, strides: 1 }),
  ]),
  maxPooling3d: stack([5, 4, 5, 2], () => [
    pointwise(3),
    lowered(),
    layers.maxPooling3d({ poolSize: [3, 2, 2], strides: 2, padding: 'same' }),
  ]),
  averagePooling3d: stack([5, 4, 5, 2], () => [
    pointwise(3),
    layers.averagePooling3d({ poolSize: [3, 2, 2], strides: 2, padding: 'same' }),
  ]),
  'globalMaxPooling1d and 2d': stack([4, 3, 2], () => [
    pointwise(3),
    layers.globalMaxPooling2d({}),
    layers.reshape({ targetShape: [3, 1] }),
    pointwise(2),
    layers.globalMaxPooling1d({}),
  ]),
  'globalAveragePooling1d and 2d': stack([4, 3, 2], () => [
    pointwise(3),
    layers.globalAveragePooling2d({}),
    layers.reshape({ targetShape: [3, 1] }),
    pointwise(2),
    layers.globalAveragePooling1d({}),
  ]),
};
