import { describe, expect, it } from 'vitest';
import { fixed, intervalText, pairedDifference } from '../src/statistics.js';
import { leadOf, leadsText } from '../src/training/arms.js';

describe('paired differences', () => {
  it('have the interval of Student’s t', () => {
    // Differences 1, 2, 3: mean 2, s = 1, t.975 of two degrees of freedom 4.303.
    const { mean, low, high } = pairedDifference([2, 4, 6], [1, 2, 3]);
    expect(mean).toBe(2);
    expect(high - mean).toBeCloseTo(4.303 / Math.sqrt(3), 3);
    expect(mean - low).toBeCloseTo(4.303 / Math.sqrt(3), 3);
  });

  it('do not mind what both of a pair have', () => {
    const easy = [0.1, 0.5, 0.9, 0.2, 0.7];
    const { mean, low, high } = pairedDifference(
      easy.map((value) => value + 0.01),
      easy,
    );
    for (const value of [mean, low, high]) expect(value).toBeCloseTo(0.01, 10);
  });

  it('cover the true mean in 95 % of draws, of any number of pairs', () => {
    for (const pairs of [2, 3, 5, 10, 20]) {
      let inside = 0;
      const draws = 4000;
      let seed = pairs;
      const uniform = () => {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
        return (seed + 0.5) / 2 ** 32;
      };
      const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
      for (let i = 0; i < draws; i++) {
        const { low, high } = pairedDifference(Array.from({ length: pairs }, normal), Array(pairs).fill(0));
        if (low <= 0 && high >= 0) inside++;
      }
      expect(Math.abs(inside / draws - 0.95)).toBeLessThan(0.015);
    }
  });

  it('say of one seed that it is one', () => {
    const one = pairedDifference([0.9], [0.8]);
    expect(one.low).toBe(Number.NEGATIVE_INFINITY);
    expect(intervalText(one, fixed(2))).toBe('0.10 (one seed)');
  });

  it('of arms are those of the last epoch, seed by seed', () => {
    const runs = [
      { bp: [0.5, 0.9], fa: [0.6, 0.8] },
      { bp: [0.5, 0.8], fa: [0.6, 0.7] },
    ];
    expect(leadOf(runs, 'bp', 'fa').mean).toBeCloseTo(0.1, 10);
    const { measured, numbers } = leadsText(runs, [['bp', 'fa']]);
    expect(measured).toMatch(/^bp − fa 0\.100 \[0\.100, 0\.100\]$/);
    expect(Object.keys(numbers)).toEqual(['bp − fa', 'bp − fa, low', 'bp − fa, high']);
    expect(Object.keys(leadsText(runs.slice(1), [['bp', 'fa']]).numbers)).toEqual(['bp − fa']);
  });
});
