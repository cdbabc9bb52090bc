import type { Splits } from '@feedalign/datasets';
import { type Load, loader, partOf } from './data.js';

/** '14²': MNIST, pooled by the mean of 2×2 and standardised; `images` to train on, drawn by the seed. */
export const smallMnist = async (seed: number, images?: number, load: Load = loader()): Promise<Splits> =>
  partOf(await load('mnist'), { seed, images });
