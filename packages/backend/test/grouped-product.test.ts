import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activations,
  gradientBy,
  groupedInputGradient,
  groupedKernelGradient,
  groupedProduct,
} from '../src/index.js';
import {
  expectClose,
  numbers,
  onEach,
  plain,
  property,
  seeds,
  small,
  toTensor,
  toVariable,
  withoutLeaks,
} from './support.js';

const shapes = fc.record({ m: small(17), groups: small(5), from: small(9), to: small(9), seed: seeds });
type Sizes = { m: number; groups: number; from: number; to: number };

/** Visits each term of y[row, g·to + j] += x[row, g·from + i] · K[g, i, j] by its three places. */
function eachTerm(
  { m, groups, from, to }: Sizes,
  visit: (x: number, kernel: number, y: number, column: number) => void,
): void {
  for (let row = 0; row < m; row++) {
    for (let g = 0; g < groups; g++) {
      for (let i = 0; i < from; i++) {
        for (let j = 0; j < to; j++) {
          const column = g * to + j;
          visit(
            row * groups * from + g * from + i,
            (g * from + i) * to + j,
            row * groups * to + column,
            column,
          );
        }
      }
    }
  }
}

onEach(() => {
  describe('products of groups', () => {
    it('groupedProduct is x_g·K_g + bias_g side by side, under every kind of activation', () => {
      const cases = fc.record({
        sizes: shapes,
        biased: fc.boolean(),
        activation: fc.constantFrom('linear' as const, 'tanh' as const, 'gelu' as const, 'relu' as const),
      });
      fc.assert(
        fc.property(cases, ({ sizes, biased, activation }) => {
          const { m, groups, from, to, seed } = sizes;
          const x = numbers([m, groups * from], seed);
          const kernel = numbers([groups, from, to], seed + 1);
          const bias = numbers([groups * to], seed + 2);
          const a = plain([m, groups * to]);
          if (biased)
            a.values.forEach((_, i) => {
              a.values[i] = bias.values[i % (groups * to)];
            });
          eachTerm(sizes, (i, k, y) => {
            a.values[y] += x.values[i] * kernel.values[k];
          });
          withoutLeaks(() => {
            const given = {
              x: toTensor(x),
              kernel: toTensor(kernel),
              ...(biased && { bias: toTensor(bias) }),
            };
            const expected = activations[activation].forward(toTensor(a)).dataSync();
            expectClose(groupedProduct(given, { activation }), plain(a.shape, expected));
          });
        }),
        property,
      );
    });

    it('groupedInputGradient is δ_g·K_gᵀ', () => {
      fc.assert(
        fc.property(shapes, ({ seed, ...sizes }) => {
          const { m, groups, from, to } = sizes;
          const [delta, kernel] = [numbers([m, groups * to], seed), numbers([groups, from, to], seed + 1)];
          const expected = plain([m, groups * from]);
          eachTerm(sizes, (x, k, y) => {
            expected.values[x] += delta.values[y] * kernel.values[k];
          });
          withoutLeaks(() =>
            expectClose(
              groupedInputGradient({ delta: toTensor(delta), kernel: toTensor(kernel) }, {}),
              expected,
            ),
          );
        }),
        property,
      );
    });

    it('groupedKernelGradient is h_gᵀ·δ_g, as a tensor and added to a variable', () => {
      fc.assert(
        fc.property(shapes, ({ seed, ...sizes }) => {
          const { m, groups, from, to } = sizes;
          const [input, delta] = [numbers([m, groups * from], seed), numbers([m, groups * to], seed + 1)];
          const [start, expected] = [numbers([groups, from, to], seed + 2), plain([groups, from, to])];
          eachTerm(sizes, (x, k, y) => {
            expected.values[k] += input.values[x] * delta.values[y];
          });
          const sum = plain(
            expected.shape,
            expected.values.map((value, i) => start.values[i] - 0.5 * value),
          );
          withoutLeaks(() => {
            const given = { input: toTensor(input), delta: toTensor(delta) };
            expectClose(groupedKernelGradient(given, { groups }), expected);
            const variable = toVariable(start);
            gradientBy(groupedKernelGradient, given, { groups }).addTo(variable, -0.5, 1);
            expectClose(variable, sum);
            variable.dispose();
          });
        }),
        property,
      );
    });

    it('refuses groups that do not divide', () => {
      const [input, delta] = [toTensor(numbers([2, 6], 1)), toTensor(numbers([2, 8], 2))];
      expect(() => groupedKernelGradient({ input, delta }, { groups: 3 })).toThrow(/It takes \[2, 6\]/);
      const kernel = toTensor(numbers([4, 2, 2], 3));
      expect(() => groupedProduct({ x: input, kernel }, {})).toThrow(/'x' of shape \[2, 6\]/);
      expect(() => groupedInputGradient({ delta: input, kernel }, {})).toThrow(/'delta' of shape \[2, 6\]/);
      for (const tensor of [input, delta, kernel]) tensor.dispose();
    });
  });
});
