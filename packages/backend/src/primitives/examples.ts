import { mul, reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import { primitive } from '../primitive.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** ⟨a_n, b_n⟩ of each example: [n, …], [n, …] → [n]. */
export const exampleProducts = primitive(
  'ExampleProducts',
  { takes: { a: '…s', b: '…s' } },
  ({ a, b }: { a: Tensor; b: Tensor }): Tensor =>
    sum(reshape(mul(a, b), [a.shape[0], sizeOf(a.shape.slice(1))]), 1),
);

/** Each example times a factor of its own: [n, …], [n] → [n, …]. */
export const scaleExamples = primitive(
  'ScaleExamples',
  {
    takes: { x: '…s', factors: 'n' },
    shapes: ({ x }: { x: Tensor; factors: Tensor }) => ({ factors: [x.shape[0] ?? 0] }),
  },
  ({ x, factors }: { x: Tensor; factors: Tensor }): Tensor =>
    mul(x, reshape(factors, [x.shape[0], ...x.shape.slice(1).map(() => 1)])),
);
