import { createRng } from '@feedalign/core';
import { describe, expect, it } from 'vitest';
import { batches, blobs, type Examples, split, standardized } from '../src/index.js';

const floats = (examples: Examples): Float32Array =>
  [...batches(examples, { batchSize: Math.max(examples.count, 1) })][0].inputs;

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

const image = (count: number, seed: number): Examples => ({
  count,
  inputShape: [2, 2, 3],
  classes: 1,
  inputs: Uint8Array.from(createRng(seed).uniform(count * 12, 0, 255), (v, i) => v / (1 + (i % 3))),
  labels: new Uint8Array(count),
  scale: [1 / 255],
  offset: [0],
});

describe('standardized', () => {
  it('gives each channel of the training images mean 0 and s.d. 1, and treats the test alike', () => {
    const train = image(50, 1);
    const test = image(20, 2);
    const parts = standardized({ train, test });
    const raw = moments([...train.inputs].filter((_, i) => i % 3 === 1));
    for (const channel of [0, 1, 2]) {
      const { mean, deviation } = moments([...floats(parts.train)].filter((_, i) => i % 3 === channel));
      expect(mean).toBeCloseTo(0, 5);
      expect(deviation).toBeCloseTo(1, 5);
    }
    expect(floats(parts.test)[4]).toBeCloseTo((test.inputs[4] - raw.mean) / raw.deviation, 5);
    expect(parts.train.inputs).toBe(train.inputs);
  });

  it('looks at the training part of a split alone, and at all dimensions together', () => {
    const parts = split(blobs({ rng: createRng(3) }), { validation: 0.5, limit: 40, rng: createRng(4) });
    const result = standardized(parts);
    const { mean, deviation } = moments([...floats(result.train)]);
    expect(mean).toBeCloseTo(0, 5);
    expect(deviation).toBeCloseTo(1, 5);
    expect(result.validation.scale).toEqual(result.train.scale);
    expect(result.test.offset).toEqual(result.train.offset);
    expect(result.train.scale).toHaveLength(1);
    expect(moments([...floats(result.validation)]).deviation).not.toBe(deviation);
  });

  it('refuses inputs that are all alike', () => {
    const train = { ...image(3, 1), inputs: new Uint8Array(36).fill(7) };
    expect(() => standardized({ train, test: train })).toThrow(
      'The 3 training inputs have no spread (channel 0: mean 7, s.d. 0).',
    );
  });
});
