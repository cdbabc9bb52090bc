import { createRng } from '@feedalign/core';
import type { Examples } from '@feedalign/datasets';
import type * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { type Specimen, zoo } from '../zoo.js';

/** The zoo, and a network that draws in each step. */
export const networks: Readonly<Record<string, Specimen>> = {
  ...zoo,
  dropout: {
    inputShape: [6, 6, 2],
    classes: 4,
    build: () =>
      sequential({
        layers: [
          layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
          layers.dropout({ rate: 0.3 }),
          layers.flatten(),
          layers.dense({ units: 8, activation: 'tanh' }),
          layers.dropout({ rate: 0.2 }),
          layers.dense({ units: 4, activation: 'softmax' }),
        ],
      }),
  },
};

/** Examples that fit a network. */
export function examplesFor(
  { inputShape, classes, integersBelow }: Specimen,
  count: number,
  seed: number,
): Examples {
  const size = count * inputShape.reduce((product, each) => product * each, 1);
  const rng = createRng(seed);
  const inputs = integersBelow
    ? rng.stream('inputs').uniform(size, 0, integersBelow).map(Math.floor)
    : rng.stream('inputs').normal(size);
  return {
    count,
    inputShape: [...inputShape],
    classes,
    inputs,
    labels: Uint8Array.from(rng.stream('labels').uniform(count, 0, classes)),
    scale: [1],
    offset: [0],
  };
}

/** Numbers as they are, so that no number is equal to itself too. */
export const bitsOf = (tensor: tf.Tensor): string => {
  const values = tensor.dataSync();
  return Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).join();
};

/** By what two runs differ: the largest difference over the largest number. */
export function apart(found: readonly ArrayLike<number>[], right: readonly ArrayLike<number>[]): number {
  const distances = right.map((values, i) => {
    let [largest, most] = [1e-3, 0];
    for (let j = 0; j < values.length; j++) {
      largest = Math.max(largest, Math.abs(values[j]));
      const distance = Math.abs(values[j] - found[i][j]);
      most = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(most, distance);
    }
    return most / largest;
  });
  return Math.max(...distances);
}
