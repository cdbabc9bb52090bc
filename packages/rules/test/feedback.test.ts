import { createRng } from '@feedalign/core';
import { describe, expect, it } from 'vitest';
import { drawFeedback, fansOfKernel } from '../src/feedback.js';
import { type DistributionName, dfa, distributions, fa } from '../src/index.js';
import { chain, onCpu, stateOf, widths } from './support.js';

onCpu();

/** What each title says, stated again: the variance, the mean, and the limits where there are any. */
const documented: Record<
  DistributionName,
  {
    variance(fanIn: number, fanOut: number): number;
    mean?: number;
    limits?(fanIn: number, fanOut: number): [number, number];
  }
> = {
  uniform: {
    variance: (_fanIn, fanOut) => 1 / (3 * fanOut),
    limits: (_fanIn, fanOut) => [-1 / Math.sqrt(fanOut), 1 / Math.sqrt(fanOut)],
  },
  normal: { variance: (_fanIn, fanOut) => 1 / fanOut },
  'xavier-uniform': {
    variance: (fanIn, fanOut) => 2 / (fanIn + fanOut),
    limits: (fanIn, fanOut) => [-Math.sqrt(6 / (fanIn + fanOut)), Math.sqrt(6 / (fanIn + fanOut))],
  },
  'xavier-normal': { variance: (fanIn, fanOut) => 2 / (fanIn + fanOut) },
  'kaiming-uniform': {
    variance: (fanIn) => 2 / fanIn,
    limits: (fanIn) => [-Math.sqrt(6 / fanIn), Math.sqrt(6 / fanIn)],
  },
  'kaiming-normal': { variance: (fanIn) => 2 / fanIn },
  'unit-uniform': { variance: () => 1 / 12, mean: 1 / 2, limits: () => [0, 1] },
};
const names = Object.keys(distributions) as DistributionName[];

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
};

it('has every distribution documented here', () => {
  expect(Object.keys(documented)).toEqual(names);
});

describe.each(names)('%s', (name) => {
  const { variance, mean = 0, limits } = documented[name];
  const count = 60_000;

  it.each([
    [10, 112],
    [400, 25],
  ])('for fans %i and %i: mean, variance and limits as documented', (fanIn, fanOut) => {
    const values = drawFeedback(createRng(3), count, { fanIn, fanOut }, name, 1);
    const found = moments(values);
    const expected = variance(fanIn, fanOut);
    expect(distributions[name].variance({ fanIn, fanOut })).toBeCloseTo(expected, 12);
    expect(Math.abs(found.mean - mean)).toBeLessThan(4.5 * Math.sqrt(expected / count));
    expect(Math.abs(found.variance / expected - 1)).toBeLessThan(4.5 * Math.sqrt(2 / count));
    const [low, high] = limits?.(fanIn, fanOut) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(values.every((value) => value >= Math.fround(low) && value <= Math.fround(high))).toBe(true);
    if (limits) {
      // The whole of the range is used, on both sides.
      expect(Math.min(...values)).toBeLessThan(low + (high - low) / 1000);
      expect(Math.max(...values)).toBeGreaterThan(high - (high - low) / 1000);
    } else {
      const beyond =
        values.filter((value) => Math.abs(value - mean) > 2 * Math.sqrt(expected)).length / count;
      expect(beyond).toBeGreaterThan(0.042);
      expect(beyond).toBeLessThan(0.049);
    }
  });

  it('is multiplied by the scale', () => {
    const fans = { fanIn: 3, fanOut: 5 };
    const [plain, scaled] = [1, -2.5].map((scale) => drawFeedback(createRng(3), 20, fans, name, scale));
    expect(scaled).toEqual(plain.map((value) => value * -2.5));
  });

  it('in dfa: an independent and a shared matrix have the same variance in every unit', () => {
    const sizes = [300, 60, 7];
    const network = chain(4, widths(...sizes, 200));
    const independent = dfa({ distribution: name });
    const shared = dfa({ distribution: name, feedback: 'shared' });
    const states = [stateOf(independent, network), stateOf(shared, network)];
    expect(Object.values(states[1]).map((matrix) => matrix.shape)).toEqual([[200, 300]]);
    // The part of a unit is seen through the target of the unit above only together with another; the output's is Fᵀ.
    network.units.slice(0, -1).forEach((unit, i) => {
      const own = moments(states[0][unit.name].dataSync() as Float32Array);
      const expected = variance(200, sizes[i]);
      expect(Math.abs(own.variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / (200 * sizes[i])));
    });
    for (const width of sizes) {
      const narrow = chain(4, widths(300, width, 200));
      const [first, above] = [shared, independent].map((rule) => {
        const target = rule.alignmentTarget?.(narrow.units[2], narrow, stateOf(rule, narrow));
        return moments(target?.dataSync() as Float32Array);
      });
      const expected = variance(200, width);
      const tolerance = 5 * Math.sqrt(2 / (200 * width));
      expect(Math.abs(first.variance / expected - 1)).toBeLessThan(tolerance);
      expect(Math.abs(above.variance / expected - 1)).toBeLessThan(tolerance);
    }
  });
});

describe('an unknown distribution', () => {
  it.each([
    ['fa', fa],
    ['dfa', dfa],
  ])('is refused by %s as it is made, with the names there are', (_name, make) => {
    for (const distribution of ['gaussian', 'toString']) {
      const attempt = () => make({ distribution: distribution as DistributionName });
      expect(attempt).toThrow(expect.objectContaining({ name: 'FeedalignError', code: 'unknown-name' }));
      expect(attempt).toThrow(names.join(', '));
    }
  });
});

it.each([
  [[784, 112], { fanIn: 784, fanOut: 112 }],
  [[5, 5, 6, 16], { fanIn: 150, fanOut: 400 }],
  [[1, 1, 3, 4], { fanIn: 3, fanOut: 4 }],
])('a kernel of shape %j has the fans %j', (shape, fans) => {
  expect(fansOfKernel(shape)).toEqual(fans);
});
