import { createRng } from '@feedalign/core';

/** Choices by chance, the same for a seed. */
export interface Dice {
  /** A whole number, both ends included. */
  int(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  chance(share: number): boolean;
  shape(rank: number, most?: number, least?: number): number[];
}

export function dice(...seed: readonly (number | string)[]): Dice {
  const rng = seed.reduce<ReturnType<typeof createRng>>((stream, part) => stream.stream(part), createRng(7));
  const one = () => rng.uniform(1)[0];
  const int = (least: number, most: number) => Math.min(most, least + Math.floor(one() * (most - least + 1)));
  return {
    int,
    pick: (from) => from[int(0, from.length - 1)],
    chance: (share) => one() < share,
    shape: (rank, most = 5, least = 1) => Array.from({ length: rank }, () => int(least, most)),
  };
}
