import { createRng } from '@feedalign/core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

/** Kernels as PyTorch draws them and so the papers' code: uniform on ±1/√fan-in. Each call has a seed of its own. */
export function torchKernels(seed: number) {
  const rng = createRng(seed).stream('model');
  return () => ({
    kernelInitializer: initializers.varianceScaling({
      scale: 1 / 3,
      mode: 'fanIn',
      distribution: 'uniform',
      seed: rng.integer(),
    }),
  });
}

export interface DenseOptions {
  readonly activation: 'tanh' | 'relu';
  readonly seed: number;
  /** Default 14². */
  readonly inputShape?: readonly number[];
  /** Default 'softmax'. */
  readonly output?: 'softmax' | 'sigmoid' | 'linear';
  /** Default 10. */
  readonly outputs?: number;
  /** All kernels zero instead. Default false. */
  readonly zero?: boolean;
}

/** Dense layers; biases zero. */
export function denseNet(
  widths: readonly number[],
  {
    activation,
    seed,
    inputShape = [14, 14, 1],
    output = 'softmax',
    outputs = 10,
    zero = false,
  }: DenseOptions,
): LayersModel {
  const kernel = zero ? () => ({ kernelInitializer: initializers.zeros() }) : torchKernels(seed);
  return sequential({
    layers: [
      layers.inputLayer({ inputShape: [...inputShape] }),
      ...(inputShape.length > 1 ? [layers.flatten()] : []),
      ...widths.map((units) => layers.dense({ units, activation, ...kernel() })),
      layers.dense({ units: outputs, activation: output, ...kernel() }),
    ],
  });
}
