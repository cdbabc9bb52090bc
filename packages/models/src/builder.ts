import { createRng } from '@feedalign/core';
import { initializers, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './options.js';

type Initializer = 'glorotUniform' | 'heNormal';

interface Window {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly padding?: 'same' | 'valid';
  readonly useBias?: boolean;
}

/**
 * What the models are built of: layers by one line each, their kernels drawn one after the other from the model's seed.
 * `activation` is the model's own, unless the options name another.
 */
export function builder(options: ModelOptions, activation: NonNullable<ModelOptions['activation']> = 'relu') {
  const { inputShape, classes, outputActivation = 'softmax' } = options;
  const { seed = 0, initialWeights = 'random', width = 1 } = options;
  const rng = createRng(seed).stream('model');
  const image = layers.input({ shape: [...inputShape] });
  const activated = options.activation ?? activation;

  const kernel = (name: Initializer) =>
    initialWeights === 'zero' ? initializers.zeros() : initializers[name]({ seed: rng.integer() });
  const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]) =>
    layer.apply(x) as SymbolicTensor;

  return {
    image,
    activation: activated,
    apply,
    kernel,
    /** So many channels, at the width that the options ask for. */
    scaled: (channels: number) => Math.max(1, Math.round(channels * width)),
    dense: (x: SymbolicTensor, units: number, activation: string = activated) =>
      apply(
        layers.dense({ units, activation: activation as 'relu', kernelInitializer: kernel('glorotUniform') }),
        x,
      ),
    convolution: (x: SymbolicTensor, { strides = 1, padding = 'same', useBias = false, ...window }: Window) =>
      apply(
        layers.conv2d({ ...window, strides, padding, useBias, kernelInitializer: kernel('heNormal') }),
        x,
      ),
    depthwise: (x: SymbolicTensor, strides: number, useBias = false) =>
      apply(
        layers.depthwiseConv2d({
          kernelSize: 3,
          strides,
          padding: 'same',
          useBias,
          depthwiseInitializer: kernel('heNormal'),
        }),
        x,
      ),
    normalized: (x: SymbolicTensor) => apply(layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }), x),
    activate: (x: SymbolicTensor) => apply(layers.activation({ activation: activated as 'relu' }), x),
    add: (...terms: SymbolicTensor[]) => apply(layers.add(), terms),
    /** Normal numbers of this standard deviation. */
    normal: (deviation: number) =>
      initialWeights === 'zero'
        ? initializers.zeros()
        : initializers.randomNormal({ stddev: deviation, seed: rng.integer() }),
    /** The model that ends in the classes, a softmax unless the options name another. */
    classifier: (features: SymbolicTensor, kernelInitializer = kernel('glorotUniform')): LayersModel => {
      const output = layers.dense({ units: classes, activation: outputActivation, kernelInitializer });
      return model({ inputs: image, outputs: apply(output, features) });
    },
  };
}

export type Builder = ReturnType<typeof builder>;
