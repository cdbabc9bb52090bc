import type { Tensor } from '@tensorflow/tfjs-core';
import { type Kernels, sizeOf } from '../kernel.js';
import { work } from '../work.js';

const rowsOf = (x: Tensor): [rows: number, columns: number] => {
  const rows = x.shape[0] ?? 1;
  return [rows, rows === 0 ? 0 : sizeOf(x) / rows];
};

/** Products and factors of each example. */
export const examples: Kernels = (engine) => ({
  FeedalignExampleProducts: ({ a, b }: { a: Tensor; b: Tensor }) => {
    const [rows, columns] = rowsOf(a);
    const out = engine.output([rows]);
    const parts = engine.parts(sizeOf(a) * work.elementwise);
    engine.run('multiplyRows', parts, engine.at(a), engine.at(b), engine.at(out), rows, columns);
    return out;
  },

  FeedalignScaleExamples: ({ x, factors }: { x: Tensor; factors: Tensor }) => {
    const [rows, columns] = rowsOf(x);
    const out = engine.output(x.shape);
    const parts = engine.parts(sizeOf(x) * work.elementwise);
    engine.run('scaleRows', parts, engine.at(x), engine.at(factors), engine.at(out), rows, columns);
    return out;
  },
});
