import { createRng, type Rng } from '@feedalign/core';
import { GroupedDense } from '@feedalign/models';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';

/** A small network of each kind that the rules must train. */
export interface Specimen {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Steps in which every rule must have learned something; fewer where a step takes long. Default 50. */
  readonly steps?: number;
  /** On wasm it needs the kernels of `@feedalign/wasm-training`. */
  readonly needsKernels?: true;
  /** Its inputs are whole numbers below this. */
  readonly integersBelow?: number;
  build(): LayersModel;
}

const classes = 4;
/** tfjs' default, orthogonal, needs more than tfjs-core. */
const recurrent = { recurrentInitializer: 'glorotUniform' } as const;
const softmax = () => layers.dense({ units: classes, activation: 'softmax' });

export const zoo: Readonly<Record<string, Specimen>> = {
  dense: {
    inputShape: [9],
    classes,
    build: () =>
      sequential({
        layers: [
          layers.dense({ units: 7, activation: 'tanh', inputShape: [9] }),
          layers.dense({ units: 6, activation: 'relu', useBias: false }),
          layers.dense({ units: 5 }),
          layers.layerNormalization(),
          layers.activation({ activation: 'swish' }),
          softmax(),
        ],
      }),
  },
  'conv with pooling': {
    steps: 40,
    inputShape: [8, 8, 2],
    classes,
    build: () =>
      sequential({
        layers: [
          layers.conv2d({
            filters: 3,
            kernelSize: 3,
            padding: 'same',
            activation: 'tanh',
            inputShape: [8, 8, 2],
          }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
          layers.averagePooling2d({ poolSize: 2, strides: 1 }),
          layers.flatten(),
          layers.dense({ units: 6, activation: 'sigmoid' }),
          softmax(),
        ],
      }),
  },
  'residual with batch normalization': {
    steps: 30,
    inputShape: [6, 6, 2],
    classes,
    build: () => {
      const x = input({ shape: [6, 6, 2] });
      const conv = (from: SymbolicTensor, strides = 1) => {
        const convolved = layers
          .conv2d({ filters: 3, kernelSize: 3, strides, padding: 'same', useBias: false })
          .apply(from);
        return layers.batchNormalization().apply(convolved) as SymbolicTensor;
      };
      const relu = (from: SymbolicTensor) =>
        layers.activation({ activation: 'relu' }).apply(from) as SymbolicTensor;
      const add = (...terms: SymbolicTensor[]) => layers.add().apply(terms) as SymbolicTensor;
      const stem = relu(conv(x));
      const first = relu(add(stem, conv(relu(conv(stem)))));
      const second = relu(add(conv(first, 2), conv(relu(conv(first, 2)))));
      const pooled = layers.globalAveragePooling2d({}).apply(second) as SymbolicTensor;
      return functional({ inputs: x, outputs: softmax().apply(pooled) as SymbolicTensor });
    },
  },
  concatenation: {
    inputShape: [10],
    classes,
    build: () => {
      const x = input({ shape: [10] });
      const left = layers.dense({ units: 5, activation: 'elu' }).apply(x) as SymbolicTensor;
      const right = layers.dense({ units: 3, activation: 'softplus' }).apply(x) as SymbolicTensor;
      const both = layers.concatenate().apply([left, right]) as SymbolicTensor;
      const normalized = layers.batchNormalization().apply(both) as SymbolicTensor;
      const hidden = layers.dense({ units: 6, activation: 'relu' }).apply(normalized) as SymbolicTensor;
      const again = layers.concatenate().apply([hidden, left]) as SymbolicTensor;
      return functional({ inputs: x, outputs: softmax().apply(again) as SymbolicTensor });
    },
  },
  'sequences, both ways': {
    steps: 5,
    inputShape: [5, 4],
    classes,
    build: () =>
      sequential({
        layers: [
          layers.masking({ maskValue: 0, inputShape: [5, 4] }),
          layers.gru({ ...recurrent, units: 4, returnSequences: true }),
          layers.bidirectional({
            layer: layers.lstm({ ...recurrent, units: 3, returnSequences: true }) as layers.RNN,
            mergeMode: 'concat',
          }),
          layers.timeDistributed({ layer: layers.dense({ units: 3, activation: 'tanh' }) }),
          layers.simpleRNN({ ...recurrent, units: 4 }),
          softmax(),
        ],
      }),
  },
  words: {
    needsKernels: true,
    steps: 25,
    inputShape: [6],
    classes,
    integersBelow: 9,
    build: () =>
      sequential({
        layers: [
          layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 6 }),
          layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'tanh' }),
          layers.globalAveragePooling1d({}),
          layers.prelu(),
          softmax(),
        ],
      }),
  },
  'depthwise, separable, transposed': {
    needsKernels: true,
    steps: 25,
    inputShape: [6, 6, 2],
    classes,
    build: () =>
      sequential({
        layers: [
          layers.depthwiseConv2d({
            kernelSize: 3,
            padding: 'same',
            activation: 'tanh',
            inputShape: [6, 6, 2],
          }),
          layers.separableConv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same', useBias: false }),
          layers.batchNormalization(),
          layers.conv2dTranspose({ filters: 2, kernelSize: 3, activation: 'tanh' }),
          layers.flatten(),
          softmax(),
        ],
      }),
  },
  'a model in a model, a layer called twice': {
    steps: 40,
    inputShape: [5],
    classes,
    build: () => {
      const inner = sequential({
        layers: [
          layers.dense({ units: 5, activation: 'tanh', inputShape: [5] }),
          layers.layerNormalization(),
        ],
      });
      const x = input({ shape: [5] });
      const shared = layers.dense({ units: 5, activation: 'sigmoid' });
      const once = shared.apply(inner.apply(x) as SymbolicTensor) as SymbolicTensor;
      const twice = shared.apply(once) as SymbolicTensor;
      const merged = layers.multiply().apply([once, twice]) as SymbolicTensor;
      return functional({ inputs: x, outputs: softmax().apply(merged) as SymbolicTensor });
    },
  },
  attention: {
    steps: 25,
    inputShape: [4, 6],
    classes,
    build: () => {
      const x = input({ shape: [4, 6] });
      // The softmax is the same for any bias of the keys, whose gradient would be nothing but rounding.
      const [query, key, value] = [1, 2, 3].map(
        () => layers.dense({ units: 4, useBias: false }).apply(x) as SymbolicTensor,
      );
      const products = layers.dot({ axes: 2 }).apply([query, key]) as SymbolicTensor;
      const weights = layers.softmax({ axis: -1 }).apply(products) as SymbolicTensor;
      const attended = layers.dot({ axes: [2, 1] }).apply([weights, value]) as SymbolicTensor;
      const projected = layers.dense({ units: 6 }).apply(attended) as SymbolicTensor;
      const added = layers.add().apply([x, projected]) as SymbolicTensor;
      const normalized = layers.layerNormalization().apply(added) as SymbolicTensor;
      const pooled = layers.globalAveragePooling1d({}).apply(normalized) as SymbolicTensor;
      return functional({ inputs: x, outputs: softmax().apply(pooled) as SymbolicTensor });
    },
  },
  'groups, mixed over places': {
    steps: 30,
    inputShape: [4, 6],
    classes,
    build: () =>
      sequential({
        layers: [
          new GroupedDense({ units: 9, groups: 3, activation: 'tanh', inputShape: [4, 6] }),
          layers.layerNormalization(),
          new GroupedDense({ units: 4, groups: 1, axis: 1, activation: 'relu' }),
          layers.reshape({ targetShape: [2, 2, 9] }),
          layers.permute({ dims: [2, 1, 3] }),
          new GroupedDense({ units: 6, groups: 3, useBias: false, activation: 'swish' }),
          layers.globalAveragePooling2d({}),
          softmax(),
        ],
      }),
  },
};

/** Weights that depend on the seed alone, so that two builds are twins. */
export function seedWeights(model: LayersModel, seed = 1): void {
  const rng = createRng(seed);
  tf.tidy(() => {
    const next = model.getWeights().map((weight, i) => {
      const stream = rng.stream(i);
      // Running variances are positive; everything else is small and of both signs.
      const moving = model.weights[i].originalName.includes('moving_variance');
      const values = moving ? stream.uniform(weight.size, 0.5, 1.5) : stream.normal(weight.size, 0, 0.4);
      return tf.tensor(values, weight.shape);
    });
    model.setWeights(next);
  });
}

/** A batch of noise with labels, as tensors that the caller owns. */
export function batchFor(
  { inputShape, classes, integersBelow }: Omit<Specimen, 'build'>,
  rng: Rng,
  size = 6,
): { x: tf.Tensor; y: tf.Tensor } {
  const shape = [size, ...inputShape];
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  const labels = Array.from(rng.stream('labels').uniform(size), (value) => Math.floor(value * classes));
  const stream = rng.stream('inputs');
  const values = integersBelow
    ? stream.uniform(count, 0, integersBelow).map(Math.floor)
    : stream.normal(count);
  return {
    x: tf.tensor(values, shape),
    y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32')),
  };
}
