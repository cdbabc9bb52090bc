import { FeedalignError } from '@feedalign/core';
import type { Examples } from './examples.js';
import { requireExamples } from './require-examples.js';
import { sizeOf } from './size-of.js';

/** Parts of a data set that are standardised together: a `Dataset` or the result of `split`. */
export interface Parts {
  readonly train: Examples;
  readonly validation?: Examples;
  readonly test: Examples;
}

/**
 * The same parts with inputs (x − mean) / s.d., where mean and standard deviation are those of the training part
 * alone: one pair for each channel of an image with three, else one pair for all values.
 *
 * Nothing is copied; only `scale` and `offset` change. Standardise after `split` to keep the validation part out of
 * the mean too.
 *
 * @throws FeedalignError `bad-data-file` when a channel of the training part has the same value throughout
 * @example
 * ```ts
 * const parts = standardized(split(cifar10, { validation: 5000, rng }));
 * ```
 */
export function standardized<P extends Parts>(parts: P): P {
  const { train, validation, test } = parts;
  requireExamples(train);
  const channels = train.inputShape.length === 3 && train.inputShape[2] === 3 ? 3 : 1;
  const moments = Array.from({ length: channels }, (_, channel) => momentsOf(train, channel, channels));
  const affine = {
    scale: moments.map(({ deviation }) => 1 / deviation),
    offset: moments.map(({ mean, deviation }) => -mean / deviation),
  };
  return {
    ...parts,
    train: { ...train, ...affine },
    ...(validation && { validation: { ...validation, ...affine } }),
    test: { ...test, ...affine },
  };
}

/** Mean and population standard deviation of the stored values in one channel, in two passes for accuracy. */
function momentsOf(
  examples: Examples,
  channel: number,
  channels: number,
): { mean: number; deviation: number } {
  const count = (examples.count * sizeOf(examples.inputShape)) / channels;
  const mean = sumOf(examples, channel, channels, 0, 1) / count;
  const deviation = Math.sqrt(sumOf(examples, channel, channels, mean, 2) / count);
  if (deviation > 0) return { mean, deviation };
  throw new FeedalignError(
    'bad-data-file',
    `The ${examples.count} training inputs have no spread (channel ${channel}: mean ${mean}, s.d. ${deviation}).`,
    'Check the data, or leave out the standardisation.',
  );
}

/** Σ (value − centre)^power over one channel; power is 1 or 2. */
function sumOf(examples: Examples, channel: number, channels: number, centre: number, power: 1 | 2): number {
  const { count, inputs, indices } = examples;
  const size = sizeOf(examples.inputShape);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const start = (indices ? indices[i] : i) * size;
    let sum = 0;
    for (let j = start + channel; j < start + size; j += channels) {
      const distance = inputs[j] - centre;
      sum += power === 1 ? distance : distance * distance;
    }
    total += sum;
  }
  return total;
}
