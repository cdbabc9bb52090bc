import { exampleProducts, scaleExamples } from '@feedalign/backend';
import { type Check, tensorOf } from '../check.js';
import { drawn } from '../values.js';

const [examples, size] = [5, 6];
const a = drawn('a', [examples, 2, 3]);
const b = drawn('b', [examples, 2, 3]);
const factors = drawn('factors', [examples]);

const products = Array.from({ length: examples }, (_, n) => {
  let sum = 0;
  for (let i = n * size; i < (n + 1) * size; i++) sum += a.numbers[i] * b.numbers[i];
  return sum;
});
const scaled = Array.from(a.numbers, (value, i) => value * factors.numbers[Math.floor(i / size)]);

/** What each example has for itself, a product and a factor: what forward gradients are made of. */
export const exampleChecks: readonly Check[] = [
  {
    operation: 'products and factors of examples',
    expected: () => ({ products: { numbers: products }, scaled: { numbers: scaled } }),
    by: {
      feedalign: () => [
        ['products', exampleProducts({ a: tensorOf(a), b: tensorOf(b) }, {})],
        ['scaled', scaleExamples({ x: tensorOf(a), factors: tensorOf(factors) }, {})],
      ],
    },
  },
];
