import { createRng } from '@feedalign/core';
import type { Dataset, Examples } from '@feedalign/datasets';
import type { Load } from '../src/training/data.js';

/** A signal that nobody sets off. */
export const never = new AbortController().signal;

export const noData: Load = (name) => Promise.reject(new Error(`${name} was asked for`));

/** Ten classes of images, each with a pattern of its own in noise. */
export const madeUpImages =
  (shape: readonly number[], count: number): Load =>
  async (name): Promise<Dataset> => {
    const rng = createRng(3).stream(name);
    const size = shape.reduce((product, axis) => product * axis, 1);
    const patterns = rng.stream('patterns').uniform(10 * size, 0, 200);
    const part = (of: string) => {
      const noise = rng.stream(of).uniform(count * size, 0, 55);
      return {
        count,
        inputShape: shape,
        classes: 10,
        inputs: Uint8Array.from(noise, (value, i) => value + patterns[i % (10 * size)]),
        labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
        scale: [1 / 255],
        offset: [0],
      };
    };
    return { name, inputShape: shape, classes: 10, train: part('train'), test: part('test') };
  };

/** Correlated normal numbers: rows of `count` × `dimension`, with the covariance that they come from. */
export function correlated(seed: number, dimension: number, count: number) {
  const rng = createRng(seed);
  const mixing = Array.from({ length: dimension }, () => Array.from(rng.normal(dimension, 0, 0.6)));
  const covariance = mixing.map((a) => mixing.map((b) => a.reduce((sum, value, i) => sum + value * b[i], 0)));
  const noise = rng.normal(dimension * count);
  const rows = Array.from({ length: count }, (_, row) =>
    mixing.map((weights) => weights.reduce((sum, weight, i) => sum + weight * noise[row * dimension + i], 0)),
  );
  return { covariance, rows };
}

/** Mean and standard error. */
export function meanOf(values: readonly number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, error: Math.sqrt(variance / values.length) };
}

/** Images of two classes, all of the first, from their bytes. */
export const image = (inputs: number[], shape: number[]): Examples => ({
  count: inputs.length / (shape[0] * shape[1]),
  inputShape: shape,
  classes: 2,
  inputs: Uint8Array.from(inputs),
  labels: new Uint8Array(inputs.length / (shape[0] * shape[1])),
  scale: [1],
  offset: [0],
});
