import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  type ActivationName,
  denseInputGradient,
  denseKernelGradient,
  product,
  sumLeading,
} from '../src/index.js';
import {
  expectClose,
  numbers,
  onEach,
  type Plain,
  plain,
  property,
  seeds,
  small,
  toTensor,
  withoutLeaks,
} from './support.js';

const transposed = ({ shape: [rows, columns], values }: Plain): Plain => {
  const result = plain([columns, rows]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result.values[j * rows + i] = values[i * columns + j];
  }
  return result;
};

function multiplied(a: Plain, b: Plain, bias?: Plain): Plain {
  const [m, k] = a.shape;
  const [, n] = b.shape;
  const result = plain([m, n]);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = bias ? bias.values[j] : 0;
      for (let l = 0; l < k; l++) sum += a.values[i * k + l] * b.values[l * n + j];
      result.values[i * n + j] = sum;
    }
  }
  return result;
}

const scalar: Partial<Record<ActivationName, (a: number) => number>> = {
  linear: (a) => a,
  relu: (a) => Math.max(0, a),
  relu6: (a) => Math.min(6, Math.max(0, a)),
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  tanh: Math.tanh,
  elu: (a) => (a > 0 ? a : Math.expm1(a)),
  softplus: (a) => Math.log1p(Math.exp(-Math.abs(a))) + Math.max(0, a),
  swish: (a) => a / (1 + Math.exp(-a)),
};
const activationNames = Object.keys(scalar) as ActivationName[];

const forms = [
  { form: 'A·B', transposeA: false, transposeB: false },
  { form: 'Aᵀ·B', transposeA: true, transposeB: false },
  { form: 'A·Bᵀ', transposeA: false, transposeB: true },
  { form: 'Aᵀ·Bᵀ', transposeA: true, transposeB: true },
];

const shapes = fc.record({ m: small(17), k: small(17), n: small(17), seed: seeds });

onEach(() => {
  describe('product', () => {
    it.each(forms)('$form, with and without a bias, under every activation', ({ transposeA, transposeB }) => {
      const cases = fc.record({
        shape: shapes,
        biased: fc.boolean(),
        activation: fc.constantFrom(undefined, ...activationNames),
      });
      fc.assert(
        fc.property(cases, ({ shape: { m, k, n, seed }, biased, activation }) => {
          const [a, b, bias] = [numbers([m, k], seed), numbers([k, n], seed + 1), numbers([n], seed + 2)];
          const expected = multiplied(a, b, biased ? bias : undefined);
          const f = scalar[activation ?? 'linear'] as (value: number) => number;
          withoutLeaks(() => {
            const given = {
              a: toTensor(transposeA ? transposed(a) : a),
              b: toTensor(transposeB ? transposed(b) : b),
              ...(biased && { bias: toTensor(bias) }),
            };
            expectClose(
              product(given, { transposeA, transposeB, activation }),
              plain(expected.shape, expected.values.map(f)),
            );
          });
        }),
        property,
      );
    });

    it('under softmax, which is not elementwise', () => {
      const [a, b] = [numbers([5, 4], 1), numbers([4, 3], 2)];
      const { shape, values } = multiplied(a, b);
      const expected = plain(shape);
      for (let i = 0; i < 5; i++) {
        const row = values.subarray(3 * i, 3 * i + 3).map(Math.exp);
        const total = row.reduce((sum, value) => sum + value, 0);
        expected.values.set(
          row.map((value) => value / total),
          3 * i,
        );
      }
      expectClose(product({ a: toTensor(a), b: toTensor(b) }, { activation: 'softmax' }), expected);
    });
  });

  it('denseKernelGradient is hᵀ·δ', () => {
    fc.assert(
      fc.property(shapes, ({ m, k, n, seed }) => {
        const [input, delta] = [numbers([m, k], seed), numbers([m, n], seed + 1)];
        withoutLeaks(() =>
          expectClose(
            denseKernelGradient({ input: toTensor(input), delta: toTensor(delta) }, {}),
            multiplied(transposed(input), delta),
          ),
        );
      }),
      property,
    );
  });

  it('denseInputGradient is δ·Kᵀ', () => {
    fc.assert(
      fc.property(shapes, ({ m, k, n, seed }) => {
        const [delta, kernel] = [numbers([m, n], seed), numbers([k, n], seed + 1)];
        withoutLeaks(() =>
          expectClose(
            denseInputGradient({ delta: toTensor(delta), kernel: toTensor(kernel) }, {}),
            multiplied(delta, transposed(kernel)),
          ),
        );
      }),
      property,
    );
  });

  it('sumLeading sums over all axes but the last', () => {
    const cases = fc.record({
      leading: fc.array(small(5), { minLength: 1, maxLength: 3 }),
      channels: small(9),
      seed: seeds,
    });
    fc.assert(
      fc.property(cases, ({ leading, channels, seed }) => {
        const x = numbers([...leading, channels], seed);
        const expected = plain([channels]);
        x.values.forEach((value, i) => {
          expected.values[i % channels] += value;
        });
        withoutLeaks(() => expectClose(sumLeading({ x: toTensor(x) }, {}), expected));
      }),
      property,
    );
  });
});
