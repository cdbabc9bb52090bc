import type { Rng } from '@feedalign/core';
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';

/** Whatever tf.layers makes: a layer, told by what it does to a symbolic tensor. */
export interface Appliable {
  apply(x: never): unknown;
}

/** What the model is asked for, given what it answers in shape. */
export type Target = (rng: Rng, shape: readonly number[]) => ArrayLike<number>;

/** A model and a loss of stock TensorFlow.js, small enough for the cpu backend and for central differences. */
export interface StockCase {
  readonly inputShape: readonly number[];
  build(): LayersModel;
  /** Numbers of the input; normal ones when it isn't said. */
  readonly inputs?: Target;
  /** As `compile` takes it; meanSquaredError when it isn't said. */
  readonly loss?: string;
  /** Normal numbers of the output's shape when it isn't said. */
  readonly target?: Target;
  /** Where the target's shape isn't the output's. */
  readonly targetShape?: readonly number[];
}

export type StockCases = Readonly<Record<string, StockCase>>;

export const apply = (layer: Appliable, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
  layer.apply(x as never) as SymbolicTensor;

export const chain = (x: SymbolicTensor, through: readonly Appliable[]): SymbolicTensor =>
  through.reduce((y, layer) => apply(layer, y), x);

/** A functional model over one input without its batch dimension. */
export const graph = (
  inputShape: readonly number[],
  through: (x: SymbolicTensor) => SymbolicTensor,
): StockCase => ({
  inputShape,
  build: () => {
    const x = input({ shape: [...inputShape] });
    return functional({ inputs: x, outputs: through(x) });
  },
});

/** These layers one after the other. */
export const stack = (inputShape: readonly number[], through: () => readonly Appliable[]): StockCase =>
  graph(inputShape, (x) => chain(x, through()));

/** Weights in front of what has none, so that its gradient by the input is needed: a 1×1 convolution, or dense. */
export const pointwise = (units: number) => layers.dense({ units });

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((size, dimension) => size * dimension, 1);
