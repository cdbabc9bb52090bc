import type { Score } from './benchmark.js';
import { written } from './numbers.js';

type Chosen = Pick<Score, 'rule' | 'dataset' | 'learningRate'>;

/** A sentence for each end of the rates that were tried at which a best one lies: one beyond it may be better. */
export function rateEdges(scores: readonly Chosen[], rates: readonly number[]): string[] {
  if (rates.length < 2) return [];
  const ends = [
    { rate: Math.max(...rates), more: 'larger' },
    { rate: Math.min(...rates), more: 'smaller' },
  ];
  return ends.flatMap(({ rate, more }) => {
    const found = scores.filter(({ learningRate }) => learningRate === rate);
    if (found.length === 0) return [];
    const names = found.map(({ rule, dataset }) => `${rule} on ${dataset}`).join(', ');
    return [`Best at ${written(rate)}, where the rates end: ${names}. Try ${more} ones too, by --rates.`];
  });
}
