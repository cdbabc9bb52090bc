import type { NoiseAttributes } from '@feedalign/backend';
import { type Kernels, sizeOf } from '../kernel.js';
import { work } from '../work.js';

/** Those that are made in a thread's own scratch, as `assembly/noise.ts` numbers them. */
const numbers = { normal: 0, uniform: 1 } as const;

/** Bytes of the 1024 words that a thread makes at a time. */
const stretchBytes = 4096;

/** Seeded noise, in the memory where it is used: uniform and ±1 bit for bit as in the portable form, normal up to rounding. */
export const noises: Kernels = (engine) => ({
  FeedalignNoise: (_inputs: object, { key: [key0, key1], counter, shape, distribution }: NoiseAttributes) => {
    const out = engine.output([...shape]);
    const count = sizeOf(out);
    engine.local(stretchBytes);
    const place = [key0, key1, counter >>> 0, Math.floor(counter / 2 ** 32)] as const;
    const result = engine.at(out);
    if (distribution === 'rademacher') {
      engine.run('drawSigns', engine.parts(count * work.signs), result, count, ...place);
    } else {
      const parts = engine.parts(count * work.noise);
      engine.run('drawNoise', parts, result, count, ...place, numbers[distribution]);
    }
    return out;
  },
});
