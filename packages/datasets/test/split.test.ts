import { createRng } from '@feedalign/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobs, type Examples, select, split } from '../src/index.js';

const data = (count: number) => {
  const set = blobs({ classes: 1, perClass: count, dimensions: 1, rng: createRng(0) });
  return { train: set.train, test: set.test };
};
const rows = (examples: Examples): number[] => [...(examples.indices ?? [])];

describe('split', () => {
  it('divides the training part into disjoint, complete parts, the same ones for the same seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.nat(),
        (count, share, seed) => {
          const set = data(count);
          fc.pre(Math.round(share * count) < count);
          const { train, validation, test } = split(set, { validation: share, rng: createRng(seed) });
          expect(validation.count).toBe(Math.round(share * count));
          const all = [...rows(train), ...rows(validation)].sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: count }, (_, i) => i));
          expect(test).toBe(set.test);
          const again = split(set, { validation: share, rng: createRng(seed) });
          expect([rows(again.train), rows(again.validation)]).toEqual([rows(train), rows(validation)]);
        },
      ),
    );
  });

  it('limits the training part alone, and shares the memory', () => {
    const set = data(100);
    const whole = split(set, { validation: 20, rng: createRng(1) });
    const limited = split(set, { validation: 20, limit: 30, rng: createRng(1) });
    expect(limited.train.count).toBe(30);
    expect(rows(limited.train)).toEqual(rows(whole.train).slice(0, 30));
    expect(rows(limited.validation)).toEqual(rows(whole.validation));
    expect(limited.train.inputs).toBe(set.train.inputs);
    expect(split(set, { validation: 0, limit: 1000, rng: createRng(1) }).train.count).toBe(100);
  });

  it('divides a view of a view', () => {
    const few = select(data(100).train, Uint32Array.from([90, 80, 70]));
    const { train, validation } = split({ train: few, test: few }, { validation: 1, rng: createRng(1) });
    expect([...rows(train), ...rows(validation)].sort()).toEqual([70, 80, 90]);
  });

  it.each([
    [{ validation: -0.1 }, 'validation is -0.1, of 100 training examples'],
    [{ validation: 100 }, 'validation is 100'],
    [{ validation: 1.5 }, 'validation is 1.5'],
    [{ validation: Number.NaN }, 'validation is NaN'],
    [{ validation: 0.999 }, 'validation is 0.999'],
    [{ validation: 0, limit: 0 }, 'limit is 0'],
  ])('refuses %o', (options, problem) => {
    const attempt = () => split(data(100), { ...options, rng: createRng(1) });
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(attempt).toThrow(problem);
  });

  it('refuses a place that is not there', () => {
    expect(() => select(data(5).train, Uint32Array.of(5))).toThrow('Example 5 was asked for, of 5 examples.');
  });
});
