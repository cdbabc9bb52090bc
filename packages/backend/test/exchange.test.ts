import fc from 'fast-check';
import { describe, it } from 'vitest';
import { exchangeAxes } from '../src/index.js';
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
  describe('exchangeAxes', () => {
    it('is y[l, n, m, k] = x[l, m, n, k]', () => {
      const shapes = fc.record({
        l: small(3),
        m: small(11),
        n: small(11),
        k: fc.oneof(fc.constant(1), small(5)),
        seed: seeds,
      });
      fc.assert(
        fc.property(shapes, ({ l, m, n, k, seed }) => {
          const x = numbers([l, m, n, k], seed);
          const expected = plain([l, n, m, k]);
          x.values.forEach((value, place) => {
            const [column, row] = [Math.floor(place / k) % n, Math.floor(place / (k * n)) % m];
            const block = Math.floor(place / (k * n * m));
            expected.values[((block * n + column) * m + row) * k + (place % k)] = value;
          });
          withoutLeaks(() => expectClose(exchangeAxes({ x: toTensor(x) }, {}), expected, 1e-12));
        }),
        property,
      );
    });
  });
});
