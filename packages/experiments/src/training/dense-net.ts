import { createRng } from '@feedalign/core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

/** How kernels are drawn, by name. */
const kernels = {
  /** As PyTorch does and so the papers' code: uniform on ±1/√fan-in. */
  torch: { scale: 1 / 3, mode: 'fanIn', distribution: 'uniform' },
  /** Uniform on ±√(6/(fan-in + fan-out)), the standard of Keras. */
  glorot: { scale: 1, mode: 'fanAvg', distribution: 'uniform' },
  /** Normal of variance 1/(fan-in + fan-out); tfjs cuts it off at two deviations, which leaves .774 of the variance. */
  normal: { scale: 0.5 / 0.774, mode: 'fanAvg', distribution: 'normal' },
} as const;

export type Kernels = keyof typeof kernels;

/** Initializers of kernels; each call has a seed of its own. */
export function kernelsOf(name: Kernels, seed: number) {
  const rng = createRng(seed).stream('model');
  return () => ({
    kernelInitializer: initializers.varianceScaling({ ...kernels[name], seed: rng.integer() }),
  });
}

/** Kernels as PyTorch draws them. */
export const torchKernels = (seed: number) => kernelsOf('torch', seed);

export interface DenseOptions {
  readonly activation: 'tanh' | 'relu' | 'sigmoid';
  readonly seed: number;
  /** Default 14². */
  readonly inputShape?: readonly number[];
  /** Default 'softmax'. */
  readonly output?: 'softmax' | 'sigmoid' | 'linear';
  /** Default 10. */
  readonly outputs?: number;
  /** How kernels are drawn. Default 'torch'. */
  readonly kernels?: Kernels;
  /** A layer normalization without scale and shift behind each hidden layer. Default false. */
  readonly normalized?: boolean;
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
    kernels = 'torch',
    normalized = false,
    zero = false,
  }: DenseOptions,
): LayersModel {
  const kernel = zero ? () => ({ kernelInitializer: initializers.zeros() }) : kernelsOf(kernels, seed);
  return sequential({
    layers: [
      layers.inputLayer({ inputShape: [...inputShape] }),
      ...(inputShape.length > 1 ? [layers.flatten()] : []),
      ...widths.flatMap((units) => [
        layers.dense({ units, activation, ...kernel() }),
        ...(normalized ? [layers.layerNormalization({ center: false, scale: false })] : []),
      ]),
      layers.dense({ units: outputs, activation: output, ...kernel() }),
    ],
  });
}
