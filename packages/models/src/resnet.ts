import { createRng } from '@feedalign/core';
import { initializers, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './options.js';

/** Channels of the three stages; each but the first halves height and width. */
const stages = [16, 32, 64] as const;
const blocksPerStage = 3;

/**
 * ResNet-20 for small images, as for CIFAR: a 3×3 convolution, three stages of three blocks with 16, 32 and 64
 * channels, the mean over the image, a softmax. A block is two 3×3 convolutions with batch normalization, its input
 * added before the last activation; where it halves the image, the input passes a 1×1 convolution and a normalization
 * of its own. 272,474 numbers that learn for 32×32 colour images and ten classes.
 *
 * Source: He, Zhang, Ren and Sun 2016 (arXiv:1512.03385), section 4.2, with option B for the shortcuts; theirs there
 * (A) pads with zeros instead, for which tfjs has no layer.
 *
 * @example
 * ```ts
 * const model = resnet20({ inputShape: [32, 32, 3], classes: 10, seed: 1 });
 * ```
 */
export function resnet20(options: ModelOptions): LayersModel {
  const { inputShape, classes, seed = 0, activation = 'relu' } = options;
  const rng = createRng(seed).stream('model');

  const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]) =>
    layer.apply(x) as SymbolicTensor;
  const normalized = (x: SymbolicTensor, filters: number, kernelSize: number, strides: number) => {
    const kernelInitializer = initializers.heNormal({ seed: rng.integer() });
    const given = {
      filters,
      kernelSize,
      strides,
      kernelInitializer,
      padding: 'same',
      useBias: false,
    } as const;
    return apply(layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }), apply(layers.conv2d(given), x));
  };
  const activated = (x: SymbolicTensor) => apply(layers.activation({ activation }), x);
  const block = (x: SymbolicTensor, filters: number, strides: number) => {
    const first = activated(normalized(x, filters, 3, strides));
    const second = normalized(first, filters, 3, 1);
    const shortcut = strides === 1 ? x : normalized(x, filters, 1, strides);
    return activated(apply(layers.add(), [second, shortcut]));
  };

  const image = layers.input({ shape: [...inputShape] });
  let x = activated(normalized(image, stages[0], 3, 1));
  for (const [stage, filters] of stages.entries()) {
    for (let i = 0; i < blocksPerStage; i++) x = block(x, filters, stage > 0 && i === 0 ? 2 : 1);
  }
  const mean = apply(layers.globalAveragePooling2d({}), x);
  const kernelInitializer = initializers.glorotUniform({ seed: rng.integer() });
  const output = apply(layers.dense({ units: classes, activation: 'softmax', kernelInitializer }), mean);
  return model({ inputs: image, outputs: output });
}
