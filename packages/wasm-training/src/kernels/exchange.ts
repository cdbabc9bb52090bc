import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernels, sizeOf } from '../kernel.js';
import { work } from '../work.js';

/** Two axes that trade places. */
export const exchanges: Kernels = (engine) => ({
  FeedalignExchangeAxes: ({ x }: { x: TensorInfo }) => {
    const [outer, rows, columns, inner] = x.shape;
    const out = engine.output([outer, columns, rows, inner]);
    if (sizeOf(out) === 0) return out;
    const parts = engine.parts(sizeOf(out) * work.copying);
    engine.run('exchangeAxes', parts, engine.at(x), engine.at(out), outer, rows, columns, inner);
    return out;
  },
});
