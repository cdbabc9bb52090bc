import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createRng, FeedalignError } from '@feedalign/core';
import { type Dataset, type Examples, type Splits, select, split, standardized } from '@feedalign/datasets';
import { loadDataset } from '@feedalign/datasets/node';
import { resized } from './resized.js';

/** A data set by its name. */
export type Load = (name: string) => Promise<Dataset>;

const kept = new Map<string, Promise<Dataset>>();

/**
 * Loads each data set once: from the folder of its name inside `folder` where there is one, else as `loadDataset` does.
 *
 * @throws FeedalignError `invalid-option` for a folder that does not exist
 */
export function loader(folder?: string): Load {
  if (folder !== undefined && !existsSync(folder)) {
    throw new FeedalignError(
      'invalid-option',
      `There is no folder '${folder}'.`,
      "Give one that has a folder for each data set of yours, such as 'fashion-mnist'.",
    );
  }
  return (name) => {
    const own = folder === undefined ? undefined : join(folder, name);
    const from = own !== undefined && existsSync(own) ? own : undefined;
    const key = `${name} ${from}`;
    const loading = kept.get(key) ?? loadDataset(name, { folder: from });
    kept.set(key, loading);
    loading.catch(() => kept.delete(key));
    return loading;
  };
}

export interface Part {
  readonly seed: number;
  /** Images to train on, drawn by the seed. Default all that are left. */
  readonly images?: number;
  /** Images of the training part that are set aside to choose on. Default 0. */
  readonly validation?: number;
  /** Images to test on, drawn by the seed. Default all. */
  readonly tested?: number;
  /** Whether each 2×2 becomes its mean. Default true. */
  readonly pooled?: boolean;
  /** Grey images are made so wide and high. Default: they stay as they are. */
  readonly side?: number;
  /** Whether values are standardised by those of the training images; else they are from 0 to 1. Default true. */
  readonly standard?: boolean;
}

/** A part of a data set. */
export function partOf(
  { train, test: all }: Dataset,
  { seed, images, validation = 0, tested = all.count, pooled = true, side, standard = true }: Part,
): Splits {
  const rng = createRng(seed);
  const drawn = rng.stream('test').permutation(all.count).subarray(0, tested);
  const test = tested < all.count ? select(all, drawn) : all;
  const parts = split({ train, test }, { validation, limit: images, rng: rng.stream('split') });
  const sized =
    side === undefined ? (examples: Examples) => examples : (examples: Examples) => resized(examples, side);
  const pool = pooled ? meanPooled : sized;
  const made = { train: pool(parts.train), validation: pool(parts.validation), test: pool(test) };
  return standard ? standardized(made) : made;
}

/** Each window of 2×2 values of images [height, width, channels] as their mean. */
export function meanPooled(examples: Examples): Examples {
  const { inputs: from, inputShape, indices, count } = examples;
  const [height, width, channels] = inputShape;
  const [rows, columns] = [height / 2, width / 2];
  const line = width * channels;
  const inputs = new Float32Array(count * rows * columns * channels);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const image = (indices ? indices[i] : i) * height * line;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const corner = image + 2 * row * line + 2 * column * channels + channel;
          const below = corner + line;
          inputs[at++] = (from[corner] + from[corner + channels] + from[below] + from[below + channels]) / 4;
        }
      }
    }
  }
  const labels = examples.labels.slice(0, count).map((_, i) => examples.labels[indices ? indices[i] : i]);
  return { ...examples, inputs, labels, indices: undefined, inputShape: [rows, columns, channels] };
}
