import { createRng } from '@feedalign/core';
import { describe, expect, it } from 'vitest';
import { blobs, datasets, spirals } from '../src/index.js';

describe('blobs', () => {
  it('has clouds of the spread asked for, around centres shared by training and test', () => {
    const { train, test } = blobs({
      classes: 4,
      perClass: 2000,
      dimensions: 3,
      spread: 0.2,
      rng: createRng(5),
    });
    expect(train.count).toBe(8000);
    for (let label = 0; label < 4; label++) {
      const axis = (examples: typeof train) =>
        Array.from({ length: 2000 }, (_, i) => examples.inputs[(label * 2000 + i) * 3]);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const centre = mean(axis(train));
      expect(Math.abs(centre)).toBeLessThan(1.02);
      expect(mean(axis(test))).toBeCloseTo(centre, 1);
      expect(Math.sqrt(mean(axis(train).map((value) => (value - centre) ** 2)))).toBeCloseTo(0.2, 1);
    }
    expect(train.labels[1999]).toBe(0);
    expect(train.labels[2000]).toBe(1);
    expect(train.inputs).not.toEqual(test.inputs);
  });

  it.each([
    [{ classes: 0 }, 'classes is 0'],
    [{ classes: 2.5 }, 'classes is 2.5'],
    [{ perClass: 1.5 }, 'perClass is 1.5'],
    [{ dimensions: 0 }, 'dimensions is 0'],
    [{ spread: -1 }, 'spread is -1'],
  ])('refuses %o', (options, problem) => {
    expect(() => blobs({ ...options, rng: createRng(1) })).toThrow(problem);
  });
});

describe('spirals', () => {
  it('lies on the arms of its equation when there is no noise', () => {
    const { train } = spirals({ arms: 2, perArm: 100, noise: 0, turns: 1.5, rng: createRng(6) });
    for (let i = 0; i < train.count; i++) {
      const [x, y] = train.inputs.subarray(2 * i, 2 * i + 2);
      const t = Math.hypot(x, y);
      const angle = 2 * Math.PI * (1.5 * t + train.labels[i] / 2);
      expect(x).toBeCloseTo(t * Math.cos(angle), 4);
      expect(y).toBeCloseTo(t * Math.sin(angle), 4);
    }
  });

  it('refuses noise below zero', () => {
    expect(() => spirals({ noise: -0.1, rng: createRng(1) })).toThrow(
      'noise is -0.1. Give a number from 0 up.',
    );
  });
});

describe('the table of data sets', () => {
  it.each(['blobs', 'spirals'] as const)('describes %s as it is', async (name) => {
    const { inputShape, classes, trainCount, testCount, load } = datasets[name];
    const data = await load();
    expect({ name: data.name, inputShape: data.inputShape, classes: data.classes }).toEqual({
      name,
      inputShape,
      classes,
    });
    expect([data.train.count, data.test.count]).toEqual([trainCount, testCount]);
  });

  it('has a length and a SHA-256 for every file', () => {
    const files = Object.values(datasets).flatMap(({ archives }) =>
      archives.flatMap((archive) => archive.files),
    );
    expect(files).toHaveLength(14);
    for (const { bytes, sha256 } of files) {
      expect(bytes).toBeGreaterThan(0);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe('the centres of blobs', () => {
  const centresOf = (options: { separation?: number; classes?: number }, seed: number) => {
    const { train } = blobs({ classes: 3, spread: 1e-6, perClass: 1, ...options, rng: createRng(seed) });
    return Array.from({ length: train.count }, (_, i) => [train.inputs[2 * i], train.inputs[2 * i + 1]]);
  };
  const least = (centres: number[][]) =>
    Math.min(
      ...centres.flatMap(([x, y], i) => centres.slice(0, i).map(([a, b]) => Math.hypot(x - a, y - b))),
    );

  it('are as far apart as asked, with every seed', () => {
    const seeds = Array.from({ length: 50 }, (_, seed) => seed);
    for (const seed of seeds) expect(least(centresOf({ separation: 0.6 }, seed))).toBeGreaterThan(0.599);
    expect(seeds.some((seed) => least(centresOf({ separation: 0 }, seed)) < 0.3)).toBe(true);
  });

  it('are the farthest of those drawn where so many do not fit', () => {
    expect(least(centresOf({ separation: 3, classes: 30 }, 1))).toBeGreaterThanOrEqual(
      least(centresOf({ separation: 0, classes: 30 }, 1)),
    );
  });
});
