import { createRng } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, regularizers, sequential } from '@tensorflow/tfjs-layers';

/** A model with everything that a stock training loop may stumble over; the same weights for the same seed. */
export function network({ dropout = false, seed = 1 } = {}): LayersModel {
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 8, activation: 'tanh', kernelRegularizer: regularizers.l2({ l2: 0.01 }) }),
      ...(dropout ? [layers.dropout({ rate: 0.3 })] : []),
      layers.dense({ units: 4, activation: 'softmax', name: `head_${seed}` }),
    ],
  });
  const rng = createRng(seed);
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map((weight, i) => {
        const isVariance = model.weights[i].originalName.includes('variance');
        const values = isVariance
          ? rng.stream(i).uniform(weight.size, 0.5, 1)
          : rng.stream(i).normal(weight.size, 0, 0.4);
        return tf.tensor(values, weight.shape);
      }),
    ),
  );
  return model;
}

/** Examples and one-hot labels, owned by the caller. */
export function examples(count = 24, seed = 2): { x: tf.Tensor; y: tf.Tensor } {
  const rng = createRng(seed);
  const labels = Array.from(rng.stream('labels').uniform(count), (value) => Math.floor(value * 4));
  return {
    x: tf.tensor(rng.stream('inputs').normal(count * 72), [count, 6, 6, 2]),
    y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 4), 'float32')),
  };
}

export const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => weight.dataSync());

/** The largest difference of two lists of weights. */
export const difference = (a: ArrayLike<number>[], b: ArrayLike<number>[]) =>
  Math.max(...a.flatMap((values, i) => Array.from(values, (value, j) => Math.abs(value - b[i][j]))));
