import { layers } from '@tensorflow/tfjs-layers';
import { type StockCases, stack } from './case.js';

/** Convolutions in pairs: the second asks the first for a gradient by its input. */
export const convolutionCases: StockCases = {
  conv1d: stack([9, 3], () => [
    layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'tanh' }),
    layers.conv1d({ filters: 2, kernelSize: 3, strides: 2 }),
  ]),
  'conv2d: valid, strides': stack([8, 7, 2], () => [
    layers.conv2d({ filters: 4, kernelSize: [3, 2], activation: 'relu' }),
    layers.conv2d({ filters: 3, kernelSize: 3, strides: [2, 1] }),
  ]),
  'conv2d: same, strides': stack([8, 7, 2], () => [
    layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
    layers.conv2d({ filters: 3, kernelSize: 2, padding: 'same', useBias: false }),
  ]),
  'conv2d: one channel, 1×1': stack([7, 8, 1], () => [
    layers.conv2d({ filters: 3, kernelSize: 5, padding: 'same', activation: 'tanh' }),
    layers.conv2d({ filters: 4, kernelSize: 1 }),
  ]),
  conv2dTranspose: stack([4, 5, 3], () => [
    layers.conv2dTranspose({ filters: 4, kernelSize: 3, activation: 'tanh' }),
    layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
  ]),
  conv3d: stack([5, 4, 4, 2], () => [
    layers.conv3d({ filters: 3, kernelSize: 2, activation: 'tanh' }),
    layers.conv3d({ filters: 2, kernelSize: 3, padding: 'same' }),
  ]),
  // By a gradient that tfjs never registered.
  conv3dTranspose: stack([3, 3, 3, 2], () => [
    layers.conv3dTranspose({ filters: 3, kernelSize: 2 }),
    layers.conv3dTranspose({ filters: 2, kernelSize: 2 }),
  ]),
  depthwiseConv2d: stack([7, 6, 3], () => [
    layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', activation: 'tanh' }),
    layers.depthwiseConv2d({ kernelSize: 3, strides: 2 }),
  ]),
  separableConv2d: stack([7, 6, 3], () => [
    layers.separableConv2d({ filters: 4, kernelSize: 3, activation: 'tanh' }),
    layers.separableConv2d({ filters: 2, kernelSize: 2, padding: 'same' }),
  ]),
};
