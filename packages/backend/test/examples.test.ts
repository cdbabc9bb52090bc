import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleProducts, scaleExamples } from '../src/index.js';
import {
  expectClose,
  numbers,
  onEach,
  plain,
  property,
  seeds,
  small,
  toTensor,
  withoutLeaks,
} from './support.js';

onEach(() => {
  describe('of each example', () => {
    const shapes = fc.tuple(small(40), fc.array(small(9), { maxLength: 3 })).map(([n, rest]) => [n, ...rest]);

    it('exampleProducts is the inner product over all axes but the first', () => {
      fc.assert(
        fc.property(shapes, seeds, (shape, seed) => {
          withoutLeaks(() => {
            const [a, b] = [numbers(shape, seed), numbers(shape, seed + 1)];
            const size = a.values.length / shape[0];
            const expected = plain([shape[0]]);
            a.values.forEach((value, i) => {
              expected.values[Math.floor(i / size)] += value * b.values[i];
            });
            expectClose(exampleProducts({ a: toTensor(a), b: toTensor(b) }, {}), expected);
          });
        }),
        property,
      );
    });

    it('scaleExamples multiplies each by its factor', () => {
      fc.assert(
        fc.property(shapes, seeds, (shape, seed) => {
          withoutLeaks(() => {
            const [x, factors] = [numbers(shape, seed), numbers([shape[0]], seed + 1)];
            const size = x.values.length / shape[0];
            const expected = plain(
              shape,
              x.values.map((value, i) => value * factors.values[Math.floor(i / size)]),
            );
            expectClose(scaleExamples({ x: toTensor(x), factors: toTensor(factors) }, {}), expected);
          });
        }),
        property,
      );
    });

    it('refuses factors of another number of examples, in a line', () => {
      const x = toTensor(numbers([3, 2], 1));
      expect(() => scaleExamples({ x, factors: toTensor(numbers([2], 1)) }, {})).toThrow(
        /ScaleExamples.*\[2\]/,
      );
      expect(() => exampleProducts({ a: x, b: toTensor(numbers([2, 3], 1)) }, {})).toThrow(/ExampleProducts/);
    });
  });
});
