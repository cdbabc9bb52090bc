import { createRng } from '@feedalign/core';
import { describe, expect, it } from 'vitest';
import { type Distribution, noise } from '../src/index.js';
import { onEach } from './support.js';

const count = 1 << 17;
function drawn(stream: string | number, distribution: Distribution): Float64Array {
  const tensor = noise(createRng(31).stream(stream), [count], distribution);
  const values = Float64Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}
const meanOf = (values: Float64Array, of: (value: number, place: number) => number) =>
  values.reduce((sum, value, place) => sum + of(value, place), 0) / values.length;

/** Within four and a half standard deviations of a mean of so many: of a thousand such checks none fails by chance. */
const expectMean = (found: number, expected: number, deviation: number) =>
  expect(Math.abs(found - expected) / deviation).toBeLessThan(4.5 / Math.sqrt(count));

/** Φ, by the series of its integral: exact to rounding below 6. */
function normalCdf(x: number): number {
  if (Math.abs(x) > 6) return x > 0 ? 1 : 0;
  let [term, sum] = [x, x];
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** √n·D of Kolmogorov and Smirnov: above 1.95 for one draw in a thousand. */
function kolmogorovSmirnov(values: Float64Array, cdf: (x: number) => number): number {
  const sorted = values.slice().sort();
  const far = sorted.reduce((most, value, i) => {
    const share = cdf(value);
    return Math.max(most, share - i / count, (i + 1) / count - share);
  }, 0);
  return far * Math.sqrt(count);
}

/** Mean and deviation of the powers of a number, by the moments of its distribution. */
const moments: Readonly<Record<Distribution, (power: number) => number>> = {
  normal: (power) =>
    power % 2 === 1 ? 0 : Array.from({ length: power / 2 }, (_, i) => 2 * i + 1).reduce((a, b) => a * b, 1),
  uniform: (power) => 1 / (power + 1),
  rademacher: (power) => (power % 2 === 1 ? 0 : 1),
};

onEach(() => {
  describe.each(['normal', 'uniform', 'rademacher'] as const)('%s noise of a fixed seed', (distribution) => {
    const moment = moments[distribution];

    it('has the moments of its distribution', () => {
      const values = drawn('moments', distribution);
      for (const power of [1, 2, 3, 4]) {
        const deviation = Math.sqrt(moment(2 * power) - moment(power) ** 2);
        // Even powers of signs are 1, each of them.
        expectMean(
          meanOf(values, (value) => value ** power),
          moment(power),
          Math.max(deviation, 1e-9),
        );
      }
    });

    it('is independent of other streams, of other seeds and of what lies near it in its own', () => {
      const centred = (values: Float64Array) => values.map((value) => value - moment(1));
      const variance = moment(2) - moment(1) ** 2;
      const values = centred(drawn(0, distribution));
      for (const other of [1, 2, 'a', 'b', 2 ** 31]) {
        const others = centred(drawn(other, distribution));
        expectMean(
          meanOf(values, (value, i) => value * others[i]),
          0,
          variance,
        );
      }
      for (const lag of [1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 63, 64, 128, 1024, 32_768]) {
        expectMean(
          meanOf(values, (value, i) => value * values[(i + lag) % count]),
          0,
          variance,
        );
      }
    });
  });

  it('normal and uniform noise pass the test of Kolmogorov and Smirnov', () => {
    expect(kolmogorovSmirnov(drawn('form', 'normal'), normalCdf)).toBeLessThan(1.95);
    expect(kolmogorovSmirnov(drawn('form', 'uniform'), (x) => x)).toBeLessThan(1.95);
    // The test can fail: numbers that lie a fiftieth of a standard deviation beside it.
    const shifted = drawn('form', 'normal').map((value) => value + 0.02);
    expect(kolmogorovSmirnov(shifted, normalCdf)).toBeGreaterThan(1.95);
  });

  it('each of the 64 signs of a block is as often −1 as 1', () => {
    const values = drawn('bits', 'rademacher');
    const sums = Array.from({ length: 64 }, (_, bit) =>
      values.reduce((sum, value, i) => (i % 64 === bit ? sum + value : sum), 0),
    );
    // Σ of 2048 signs each, squared and over 2048: χ² of 64 degrees of freedom, above 112 for one draw in ten thousand.
    expect(sums.reduce((chi, sum) => chi + sum ** 2 / (count / 64), 0)).toBeLessThan(112);
  });
});
