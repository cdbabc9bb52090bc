import { describe, expect, it } from 'vitest';
import { addedPercent, peakOf, shareOfPeak, timesFaster } from '../src/estimates.js';
import { greatest, ratioOfMedians, summarize } from '../src/statistics.js';

describe('summarize', () => {
  it('is the median with the quartiles, whatever the order', () => {
    expect(summarize([5, 1, 4, 2, 3, 100])).toEqual({ value: 3.5, quartiles: [2.25, 4.75] });
    expect(summarize([7])).toEqual({ value: 7, quartiles: [7, 7] });
  });

  it('does not move with one sample that was interrupted', () => {
    expect(summarize([1, 1, 1, 1, 50]).value).toBe(1);
  });

  it('leaves the samples as they are', () => {
    const samples = [3, 1, 2];
    summarize(samples);
    expect(samples).toEqual([3, 1, 2]);
  });
});

describe('ratioOfMedians', () => {
  it('divides the medians, and spreads as every pair of samples does', () => {
    const { value, quartiles } = ratioOfMedians([10, 20, 30], [2, 4]);
    expect(value).toBeCloseTo(20 / 3);
    // The pairs: 2.5, 5, 5, 7.5, 10, 15.
    expect(quartiles).toEqual([5, 9.375]);
  });

  it('takes series of different lengths', () => {
    expect(ratioOfMedians([12], [2, 3, 4]).value).toBe(4);
  });
});

it('greatest is the series of the greatest median, not that of the greatest sample', () => {
  expect(greatest([[1, 2, 90], [3, 3, 3], [2]])).toEqual([3, 3, 3]);
});

describe('estimates', () => {
  const samples = {
    'stock.step': [100, 120, 110],
    'ours.step': [2, 2, 4],
    'peak.loop': [50, 52, 51],
    'peak.product': [46, 45, 44],
  };

  it('timesFaster says how many times as long the slow one takes', () => {
    const { value, from } = timesFaster('stock.step', 'ours.step')(samples);
    expect(value).toBe(55);
    expect(from).toEqual(['stock.step', 'ours.step']);
  });

  it('addedPercent compares within each round', () => {
    const { value, quartiles, from } = addedPercent(
      'with.fit',
      'without.fit',
    )({
      'with.fit': [11, 20, 36],
      'without.fit': [10, 20, 30],
    });
    expect(value).toBeCloseTo(10);
    expect(quartiles[0]).toBeCloseTo(5);
    expect(quartiles[1]).toBeCloseTo(15);
    expect(from).toEqual(['with.fit', 'without.fit']);
  });

  it('shareOfPeak divides operations a second by the limit', () => {
    // 51 million operations in 2 ms are 25.5 GFLOP/s.
    expect(shareOfPeak({ name: 'ours.step', operations: 51e6 }, 'peak')(samples).value).toBeCloseTo(0.5);
  });

  it('the limit is never below the best product', () => {
    expect(peakOf('peak')(samples)).toEqual([50, 52, 51]);
    expect(peakOf('peak')({ ...samples, 'peak.loop': [12, 13, 12] })).toEqual([46, 45, 44]);
    const product = { name: 'ours.step', operations: 104e6 };
    expect(peakOf('peak', [product])(samples)).toEqual([52, 52, 26]);
  });

  it('says which series is missing', () => {
    expect(() => timesFaster('stock.fit', 'ours.step')(samples)).toThrow("'stock.fit'");
  });
});
