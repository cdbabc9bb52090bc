// Masks that end, normalizations that are frozen, off the last axis or of volumes, sequences of one, tensors taken twice: the
// same on wasm with `@feedalign/wasm-training`, where steps are recorded, as on cpu; and `fit` says what `evaluate` says.
import { useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { rules } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

interface Made {
  readonly model: LayersModel;
  readonly shape: readonly number[];
  /** Word numbers below this, in place of normal numbers. */
  readonly words?: number;
  /** What happens before a step. */
  readonly before?: (step: number) => void;
  /** Whether nothing in it is different in training. */
  readonly isSteady?: boolean;
}

const symbol = (made: unknown) => made as SymbolicTensor;
const dense = (units: number, settings: object = {}) => layers.dense({ units, ...settings });

const pooled3d = (name: 'maxPooling3d' | 'averagePooling3d') =>
  layers[name]({ poolSize: [1, 1, 1], strides: [2, 3, 2], padding: 'same' } as never);

const frozen =
  (settings: object, flips: readonly number[] = []) =>
  (): Made => {
    const norm = layers.batchNormalization(settings);
    const body = [dense(5, { activation: 'tanh', inputShape: [4, 3] }), norm, layers.flatten(), dense(3)];
    return {
      model: sequential({ layers: body }),
      shape: [4, 3],
      isSteady: flips.length === 0,
      before: (step) => {
        norm.trainable = flips.filter((flip) => flip <= step).length % 2 === 1;
      },
    };
  };

const models: Readonly<Record<string, () => Made>> = {
  'a mask that ends at a pooling': () => ({
    model: sequential({
      layers: [
        layers.embedding({ inputDim: 6, outputDim: 4, maskZero: true, inputLength: 5 }),
        layers.lstm({ units: 3, returnSequences: true }),
        layers.globalAveragePooling1d({}),
        dense(3),
      ],
    }),
    shape: [5],
    words: 4,
    isSteady: true,
  }),
  'a mask that ends at a convolution and flattening': () => ({
    model: sequential({
      layers: [
        layers.embedding({ inputDim: 6, outputDim: 4, maskZero: true, inputLength: 5 }),
        layers.conv1d({ filters: 3, kernelSize: 2, activation: 'relu' }),
        layers.flatten(),
        dense(3),
      ],
    }),
    shape: [5],
    words: 4,
    isSteady: true,
  }),
  'a frozen normalization': frozen({}),
  'a frozen normalization of another axis': frozen({ axis: 1 }),
  'a normalization that thaws': frozen({}, [3]),
  'max pooling of volumes with strides beyond the window': () => ({
    model: sequential({
      layers: [
        layers.conv3d({ filters: 2, kernelSize: 2, inputShape: [5, 4, 5, 1] }),
        pooled3d('maxPooling3d'),
        layers.flatten(),
        dense(3),
      ],
    }),
    shape: [5, 4, 5, 1],
    isSteady: true,
  }),
  'average pooling of volumes with strides beyond the window': () => ({
    model: sequential({
      layers: [
        layers.conv3d({ filters: 2, kernelSize: 2, inputShape: [5, 4, 5, 1] }),
        pooled3d('averagePooling3d'),
        layers.flatten(),
        dense(3),
      ],
    }),
    shape: [5, 4, 5, 1],
    isSteady: true,
  }),
  'a recorded normalization that freezes, and thaws': () => {
    const norm = layers.batchNormalization({});
    const body = [
      layers.conv2d({ filters: 5, kernelSize: 3, inputShape: [6, 6, 2] }),
      norm,
      layers.activation({ activation: 'relu' }),
      layers.globalAveragePooling2d({}),
      dense(3),
    ];
    return {
      model: sequential({ layers: body }),
      shape: [6, 6, 2],
      before: (step) => {
        norm.trainable = step < 3 || step > 4;
      },
    };
  },
  'a sequence of one': () => ({
    model: sequential({
      layers: [
        dense(4, { activation: 'tanh', inputShape: [1, 3] }),
        layers.bidirectional({ layer: layers.gru({ units: 2 }) as never, mergeMode: 'concat' }),
        dense(3),
      ],
    }),
    shape: [1, 3],
    isSteady: true,
  }),
  'normalizations of volumes and of another axis': () => ({
    model: sequential({
      layers: [
        layers.conv3d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 3, 1] }),
        layers.batchNormalization(),
        layers.reshape({ targetShape: [8, 2] }),
        layers.batchNormalization({ axis: 1 }),
        layers.flatten(),
        dense(3),
      ],
    }),
    shape: [3, 3, 3, 1],
  }),
  'volumes with strides beyond the window': () => ({
    model: sequential({
      layers: [
        layers.conv3d({
          filters: 2,
          kernelSize: 1,
          padding: 'same',
          activation: 'tanh',
          inputShape: [4, 6, 6, 1],
        }),
        layers.conv3d({ filters: 3, kernelSize: 1, strides: 2, padding: 'same' }),
        layers.flatten(),
        dense(3),
      ],
    }),
    shape: [4, 6, 6, 1],
    isSteady: true,
  }),
  'a tensor that is taken twice': () => {
    const x = input({ shape: [5] });
    const h = symbol(dense(4, { activation: 'tanh' }).apply(x));
    const both = [h, symbol(layers.multiply().apply([h, h]))];
    const model = functional({
      inputs: x,
      outputs: symbol(dense(3).apply(symbol(layers.concatenate().apply(both)))),
    });
    return { model, shape: [5], isSteady: true };
  },
};

const sizeOf = (shape: readonly number[]) => shape.reduce((size, each) => size * each, 1);

async function trained(backend: 'cpu' | 'wasm', name: string, rule: string) {
  await useBackend(backend);
  const { model, shape, words, before, isSteady } = models[name]();
  tf.tidy(() =>
    model.setWeights(
      model.weights.map((weight, i) => {
        const dimensions = weight.shape as number[];
        const rng = createRng(3).stream(i);
        const isVariance = weight.originalName.endsWith('variance');
        const values = isVariance
          ? rng.uniform(sizeOf(dimensions), 2, 4)
          : rng.normal(sizeOf(dimensions), 0, 0.5);
        return tf.tensor(values, dimensions);
      }),
    ),
  );
  model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError' });
  before?.(0);
  const handle = convert(model, (rules as never as Record<string, { make(): never }>)[rule].make());
  const losses: number[] = [];
  for (let step = 0; step < 6; step++) {
    before?.(step);
    const numbers = words
      ? createRng(step)
          .uniform(6 * sizeOf(shape), 0, words)
          .map(Math.floor)
      : createRng(step).normal(6 * sizeOf(shape));
    const [x, y] = [tf.tensor(numbers, [6, ...shape]), tf.tensor(createRng(step + 9).normal(18), [6, 3])];
    const evaluated = (model.evaluate(x, y) as tf.Scalar).dataSync()[0];
    const loss = (await model.trainOnBatch(x, y)) as number;
    if (isSteady) expect(Math.abs(loss - evaluated) / evaluated).toBeLessThan(1e-4);
    losses.push(loss);
    tf.dispose([x, y]);
  }
  const weights = model.getWeights().map((weight) => Array.from(weight.dataSync()));
  handle.revert();
  return { losses, weights };
}

describe.each(Object.keys(models))('%s', (name) => {
  it.each(['bp', 'fa', 'dfa'])('%s', async (rule) => {
    const expected = await trained('cpu', name, rule);
    const found = await trained('wasm', name, rule);
    for (const [i, loss] of expected.losses.entries()) expect(found.losses[i]).toBeCloseTo(loss, 3);
    for (const [i, values] of expected.weights.entries()) {
      const apart = values.map((value, place) => Math.abs(value - found.weights[i][place]));
      expect(Math.max(...apart)).toBeLessThan(1e-3);
    }
  });
});
