import type { Distribution, NoiseAttributes } from '@feedalign/backend';
import { type Kernels, sizeOf } from '../kernel.js';
import { work } from '../work.js';

/** The distributions, as `assembly/noise.ts` numbers them. */
const numbers: Readonly<Record<Distribution, number>> = { normal: 0, uniform: 1, rademacher: 2 };

/** Bytes of the 1024 numbers that a thread makes at a time. */
const stretchBytes = 4096;

/** Seeded noise, in the memory where it is used: uniform and ±1 bit for bit as in the portable form, normal up to rounding. */
export const noises: Kernels = (engine) => ({
  FeedalignNoise: (_inputs: object, { key: [key0, key1], counter, shape, distribution }: NoiseAttributes) => {
    const out = engine.output([...shape]);
    const count = sizeOf(out);
    engine.local(stretchBytes);
    engine.run(
      'drawNoise',
      engine.parts(count * work.noise),
      engine.at(out),
      count,
      key0,
      key1,
      counter >>> 0,
      Math.floor(counter / 2 ** 32),
      numbers[distribution],
    );
    return out;
  },
});
