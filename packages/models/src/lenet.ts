import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { kernelsFrom, scaledBy } from './mlp.js';
import type { ModelOptions } from './options.js';

/**
 * LeNet-5 as it is used today: two 5×5 convolutions (6 `same`, 16 `valid`), each with 2×2 max pooling, then dense
 * layers of 120 and 84. 61,706 numbers for 28×28 grey images and ten classes.
 *
 * Source: LeCun, Bottou, Bengio and Haffner 1998, whose subsampling and radial outputs nobody uses any more.
 */
export const lenet5 = (options: ModelOptions): LayersModel => lenet(options, 'dense');

/**
 * LeNet-5 with a third 5×5 convolution (120 `valid`) where `lenet5` has its first dense layer: the same numbers for images
 * of 28×28 and 32×32, of which a convolution has its fans and so its initial size counted by its window, and its feedback
 * too.
 *
 * Source: layer C5 of LeCun, Bottou, Bengio and Haffner 1998; so in BioTorch (Sanfiz and Akrout, arXiv 2108.13446, 2021),
 * for images of 32×32.
 */
export const lenetC5 = (options: ModelOptions): LayersModel => lenet(options, 'convolution');

function lenet(options: ModelOptions, third: 'dense' | 'convolution'): LayersModel {
  const { inputShape, classes, outputActivation = 'softmax' } = options;
  const activation = (options.activation ?? 'relu') as 'relu';
  const next = kernelsFrom(options);
  const scaled = scaledBy(options);
  // 32×32 images are what the original pads 28×28 ones to.
  const padding = inputShape[0] < 32 ? 'same' : 'valid';
  const convolution = (filters: number, more: { padding: 'same' | 'valid'; inputShape?: number[] }) =>
    layers.conv2d({
      filters: scaled(filters),
      kernelSize: 5,
      activation,
      kernelInitializer: next(),
      ...more,
    });
  const dense = (units: number) =>
    layers.dense({ units: scaled(units), activation, kernelInitializer: next() });
  const thirds = {
    dense: () => [layers.flatten(), dense(120)],
    convolution: () => [convolution(120, { padding: 'valid' }), layers.flatten()],
  };
  return sequential({
    layers: [
      convolution(6, { padding, inputShape: [...inputShape] }),
      layers.maxPooling2d({ poolSize: 2 }),
      convolution(16, { padding: 'valid' }),
      layers.maxPooling2d({ poolSize: 2 }),
      ...thirds[third](),
      dense(84),
      layers.dense({ units: classes, activation: outputActivation, kernelInitializer: next() }),
    ],
  });
}
