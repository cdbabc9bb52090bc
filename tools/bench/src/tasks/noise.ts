import { noise } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import type { Cases } from '../tasks.js';

/** So many numbers of each distribution, each time from a stream that goes on. */
export function noises({ count }: { count: number }): Cases {
  const rng = createRng(1);
  const cases = (['rademacher', 'normal', 'uniform'] as const).map((distribution) => {
    const stream = rng.stream(distribution);
    return [distribution, { repeat: () => noise(stream, [count], distribution).dispose() }];
  });
  return Object.fromEntries(cases);
}
