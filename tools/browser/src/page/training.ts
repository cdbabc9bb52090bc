import { createRng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { dfa } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

/** What a training run in a page, in a worker or in Node tells. */
export interface Outcome {
  /** Losses of stock `fit`, one an epoch. */
  readonly stock: readonly number[];
  /** The same network's, trained by direct feedback alignment. */
  readonly dfa: readonly number[];
}

const [side, classes, examples] = [10, 3, 96];

/** Noisy pictures of a bar: lying, standing, or slanting. */
function pictures(): { x: tf.Tensor4D; y: tf.Tensor2D } {
  const rng = createRng(1);
  const noise = rng.stream('noise').normal(examples * side * side, 0, 0.3);
  const places = rng.stream('places').uniform(examples, 0, side).map(Math.floor);
  const labels = Array.from({ length: examples }, (_, i) => i % classes);
  const isOn = [
    (row: number, _column: number, place: number) => row === place,
    (_row: number, column: number, place: number) => column === place,
    (row: number, column: number, place: number) => (row + column) % side === place,
  ];
  const pixels = noise.map((value, i) => {
    const [example, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    return value + (isOn[labels[example]](row, column, places[example]) ? 1 : 0);
  });
  const answers = labels.flatMap((label) => Array.from({ length: classes }, (_, i) => Number(i === label)));
  return { x: tf.tensor4d(pixels, [examples, side, side, 1]), y: tf.tensor2d(answers, [examples, classes]) };
}

function network(): LayersModel {
  const model = sequential({
    layers: [
      layers.conv2d({
        inputShape: [side, side, 1],
        filters: 8,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 12, kernelSize: 3, activation: 'tanh' }),
      layers.flatten(),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  const rng = createRng(2);
  model.setWeights(
    model.getWeights().map((weight, i) => {
      const fanIn = weight.shape.slice(0, -1).reduce((product, size) => product * size, 1);
      return tf.tensor(rng.stream(i).normal(weight.size, 0, 1 / Math.sqrt(fanIn)), weight.shape);
    }),
  );
  model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'categoricalCrossentropy' });
  return model;
}

async function losses(model: LayersModel, x: tf.Tensor, y: tf.Tensor): Promise<number[]> {
  const { history } = await model.fit(x, y, { epochs: 6, batchSize: 16, shuffle: false, verbose: 0 });
  return history.loss as number[];
}

/** Trains one small network twice, from the same weights: by stock `fit`, and by `fit` after `convert`. */
export async function trainBoth(): Promise<Outcome> {
  const { x, y } = pictures();
  const stock = await losses(network(), x, y);
  const converted = network();
  convert(converted, dfa(), { seed: 3 });
  return { stock, dfa: await losses(converted, x, y) };
}
