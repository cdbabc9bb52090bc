import { describe, expect, it } from 'vitest';
import { tuned } from '../src/training/tuned.js';

describe('a rate of its own', () => {
  /** Best at one rate, less by the distance from it in half decades. */
  const peak = (at: number) => {
    const asked: number[] = [];
    const run = async (rate: number) => {
      asked.push(rate);
      const validationAccuracy =
        1 - Math.abs(Math.round(2 * Math.log10(rate)) - Math.round(2 * Math.log10(at))) / 20;
      return { points: [], accuracies: [rate], accuracy: rate, validationAccuracy, diverged: false };
    };
    return { asked, run };
  };

  it.each([
    [0.1, [0.03, 0.1, 0.3]],
    [0.3, [0.03, 0.1, 0.3, 1]],
    [3, [0.03, 0.1, 0.3, 1, 3, 10]],
    [0.003, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]],
  ])('of %d is found with one to each side of it', async (at, grid) => {
    const { asked, run } = peak(at);
    const { learningRate, tried, course } = await tuned([0.03, 0.3], run);
    expect([learningRate, course.accuracy]).toEqual([at, at]);
    expect(tried.map(([rate]) => rate)).toEqual(grid);
    expect([...asked].sort((a, b) => a - b)).toEqual(grid);
  });

  it('is the first of those that are equally good, and diverged runs are no better', async () => {
    const chance = { points: [], accuracies: [0.1], accuracy: 0.1, validationAccuracy: 0.1, diverged: true };
    const { learningRate, tried } = await tuned([0.1, 1], async () => chance);
    expect([learningRate, tried.map(([rate]) => rate)]).toEqual([0.1, [0.03, 0.1, 0.3, 1]]);
  });
});
