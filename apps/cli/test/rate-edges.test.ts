import { describe, expect, it } from 'vitest';
import { rateEdges } from '../src/rate-edges.js';

const rates = [1, 0.1, 0.01];
const at = (rule: string, learningRate: number | undefined, dataset = 'mnist') => ({
  rule,
  dataset,
  learningRate,
});

describe('a best rate at an end of those that were tried', () => {
  it('is told, end by end', () => {
    const scores = [at('bp', 0.1), at('fa', 1), at('dfa', 1, 'blobs'), at('drtp', 0.01)];
    expect(rateEdges(scores, rates)).toEqual([
      'Best at 1, where the rates end: fa on mnist, dfa on blobs. Try larger ones too, by --rates.',
      'Best at 0.01, where the rates end: drtp on mnist. Try smaller ones too, by --rates.',
    ]);
  });

  it('is none where all lie within, where all runs diverged, or where one rate was tried', () => {
    expect(rateEdges([at('bp', 0.1), at('fa', undefined)], rates)).toEqual([]);
    expect(rateEdges([at('bp', 1)], [1])).toEqual([]);
  });
});
