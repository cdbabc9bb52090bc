import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { initializers, layers } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-layers'; // which registers the classes that are looked up here

export type DenseSettings = Parameters<typeof layers.dense>[0];
export type Initializer = ReturnType<typeof initializers.zeros>;

/** What tfjs' dense layer keeps to itself. */
export interface DenseParts extends layers.Layer {
  readonly units: number;
  readonly useBias: boolean;
  readonly activation: { apply(x: Tensor): Tensor };
  readonly kernelInitializer: Initializer;
  readonly kernelRegularizer: never;
  readonly kernelConstraint: never;
  readonly biasInitializer: Initializer;
  readonly biasRegularizer: never;
  readonly biasConstraint: never;
}

const classOf = (name: string) => serialization.SerializationMap.getMap().classNameMap[name][0] as unknown;
/** Its class, which tfjs exports no more than its parts. */
export const Dense = classOf('Dense') as new (settings: DenseSettings) => DenseParts;
/** The initializers that go by fans. */
export const VarianceScaling = classOf('VarianceScaling') as new () => Initializer;
