import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  type ActivationName,
  type ConvolutionAttributes,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
} from '../src/index.js';
import {
  at,
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

interface Case {
  readonly inputShape: readonly [number, number, number, number];
  readonly kernelShape: readonly [number, number, number, number];
  readonly attributes: ConvolutionAttributes;
  readonly seed: number;
}

/** Places of the output and zeros before the first place of the input, along one axis, as TensorFlow defines them. */
function axis(size: number, kernel: number, stride: number, dilation: number, padding: 'same' | 'valid') {
  const reach = (kernel - 1) * dilation + 1;
  if (padding === 'valid') return { places: Math.floor((size - reach) / stride) + 1, before: 0 };
  const places = Math.ceil(size / stride);
  return { places, before: Math.floor(Math.max(0, (places - 1) * stride + reach - size) / 2) };
}

const outputShape = ({ inputShape, kernelShape, attributes }: Case) => {
  const { strides, dilations, padding } = attributes;
  const [rows, columns] = ([0, 1] as const).map((i) =>
    axis(inputShape[i + 1], kernelShape[i], strides[i], dilations[i], padding),
  );
  return {
    shape: [inputShape[0], rows.places, columns.places, kernelShape[3]],
    top: rows.before,
    left: columns.before,
  };
};

/** Calls `visit` for every product that the convolution is a sum of, with the places in y, x and K. */
function everyProduct(given: Case, visit: (y: number, x: number, kernel: number) => void): void {
  const { inputShape, kernelShape, attributes } = given;
  const { strides, dilations } = attributes;
  const { shape, top, left } = outputShape(given);
  for (let n = 0; n < shape[0]; n++) {
    for (let i = 0; i < shape[1]; i++) {
      for (let j = 0; j < shape[2]; j++) {
        for (let k = 0; k < kernelShape[0]; k++) {
          for (let l = 0; l < kernelShape[1]; l++) {
            const row = i * strides[0] + k * dilations[0] - top;
            const column = j * strides[1] + l * dilations[1] - left;
            if (row < 0 || row >= inputShape[1] || column < 0 || column >= inputShape[2]) continue;
            for (let from = 0; from < kernelShape[2]; from++) {
              for (let to = 0; to < kernelShape[3]; to++) {
                visit(
                  at(shape, n, i, j, to),
                  at(inputShape, n, row, column, from),
                  at(kernelShape, k, l, from, to),
                );
              }
            }
          }
        }
      }
    }
  }
}

const convolved = (given: Case, x: Plain, kernel: Plain, bias?: Plain): Plain => {
  const y = plain(outputShape(given).shape);
  if (bias) y.values.set(y.values.map((_, i) => bias.values[i % bias.values.length]));
  everyProduct(given, (to, from, by) => {
    y.values[to] += x.values[from] * kernel.values[by];
  });
  return y;
};

const scalar = {
  linear: (a: number) => a,
  relu: (a: number) => Math.max(0, a),
  sigmoid: (a: number) => 1 / (1 + Math.exp(-a)),
  tanh: Math.tanh,
} satisfies Partial<Record<ActivationName, (a: number) => number>>;

/** Kernels of one to four, even and odd, no larger than the input; strides or dilations, one of them one. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    batch: small(3),
    sizes: fc.tuple(small(9), small(9)),
    kernel: fc.tuple(small(4), small(4)),
    channels: fc.tuple(small(3), small(4)),
    steps: fc.tuple(small(3), small(3)),
    stepsAre: fc.constantFrom('strides', 'dilations'),
    padding: fc.constantFrom('same' as const, 'valid' as const),
    seed: seeds,
  })
  .map(({ batch, sizes, kernel, channels, steps, stepsAre, padding, seed }) => {
    const ones = [1, 1] as const;
    const [strides, dilations] = stepsAre === 'strides' ? [steps, ones] : [ones, steps];
    // A `valid` convolution needs room for one window.
    const fit = (i: 0 | 1) =>
      Math.max(sizes[i], padding === 'valid' ? (kernel[i] - 1) * dilations[i] + 1 : 1);
    return {
      inputShape: [batch, fit(0), fit(1), channels[0]] as const,
      kernelShape: [kernel[0], kernel[1], channels[0], channels[1]] as const,
      attributes: { strides, dilations, padding },
      seed,
    };
  });

/** What random draws might miss: rows and columns left over, whole rows unused, windows beyond the input. */
const known: Case[] = [
  {
    inputShape: [2, 8, 6, 3],
    kernelShape: [3, 3, 3, 2],
    attributes: { strides: [2, 2], dilations: [1, 1], padding: 'valid' },
    seed: 1,
  },
  {
    inputShape: [1, 9, 8, 1],
    kernelShape: [2, 1, 1, 1],
    attributes: { strides: [3, 3], dilations: [1, 1], padding: 'valid' },
    seed: 2,
  },
  {
    inputShape: [2, 6, 7, 2],
    kernelShape: [1, 1, 2, 3],
    attributes: { strides: [2, 3], dilations: [1, 1], padding: 'same' },
    seed: 3,
  },
  {
    inputShape: [2, 2, 3, 2],
    kernelShape: [4, 4, 2, 2],
    attributes: { strides: [1, 1], dilations: [1, 1], padding: 'same' },
    seed: 4,
  },
  {
    inputShape: [1, 2, 2, 1],
    kernelShape: [3, 3, 1, 2],
    attributes: { strides: [1, 1], dilations: [3, 2], padding: 'same' },
    seed: 5,
  },
  {
    inputShape: [2, 7, 5, 1],
    kernelShape: [2, 3, 1, 2],
    attributes: { strides: [3, 1], dilations: [1, 1], padding: 'same' },
    seed: 6,
  },
];

/** Images that a fast kernel takes in several bands, more columns than a band has, more channels than fit a cache line. */
const large: Case[] = [
  {
    inputShape: [3, 40, 33, 5],
    kernelShape: [3, 3, 5, 7],
    attributes: { strides: [1, 1], dilations: [1, 1], padding: 'same' },
    seed: 7,
  },
  {
    inputShape: [2, 3, 300, 3],
    kernelShape: [3, 3, 3, 10],
    attributes: { strides: [1, 1], dilations: [1, 1], padding: 'same' },
    seed: 8,
  },
  {
    inputShape: [2, 17, 10, 131],
    kernelShape: [3, 2, 131, 9],
    attributes: { strides: [1, 1], dilations: [1, 1], padding: 'valid' },
    seed: 9,
  },
  {
    inputShape: [2, 33, 34, 4],
    kernelShape: [5, 5, 4, 20],
    attributes: { strides: [2, 3], dilations: [1, 1], padding: 'same' },
    seed: 10,
  },
  {
    inputShape: [9, 16, 12, 3],
    kernelShape: [3, 3, 3, 4],
    attributes: { strides: [1, 1], dilations: [2, 3], padding: 'same' },
    seed: 11,
  },
];

const examples = (of: Case[]) => of.map((given): [Case] => [given]);
const runs = { ...property, numRuns: 60, examples: examples([...known, ...large]) };
const fewer = { ...property, examples: examples(known) };

onEach(() => {
  describe('a convolution', () => {
    it('is the sum over each window', () => {
      fc.assert(
        fc.property(cases, (given) => {
          const { inputShape, kernelShape, attributes, seed } = given;
          const [x, kernel] = [numbers(inputShape, seed), numbers(kernelShape, seed + 1)];
          withoutLeaks(() =>
            expectClose(
              convolution({ x: toTensor(x), kernel: toTensor(kernel) }, attributes),
              convolved(given, x, kernel),
            ),
          );
        }),
        runs,
      );
    });

    it.each(Object.keys(scalar) as (keyof typeof scalar)[])('with a bias and then %s', (activation) => {
      fc.assert(
        fc.property(cases, (given) => {
          const { inputShape, kernelShape, attributes, seed } = given;
          const [x, kernel] = [numbers(inputShape, seed), numbers(kernelShape, seed + 1)];
          const bias = numbers([kernelShape[3]], seed + 2);
          const { shape, values } = convolved(given, x, kernel, bias);
          const inputs = { x: toTensor(x), kernel: toTensor(kernel), bias: toTensor(bias) };
          withoutLeaks(() =>
            expectClose(
              convolution(inputs, { ...attributes, activation }),
              plain(shape, values.map(scalar[activation])),
            ),
          );
          for (const tensor of Object.values(inputs)) tensor.dispose();
        }),
        { ...fewer, numRuns: 15 },
      );
    });

    it('has the kernel gradient Σ x·δ', () => {
      fc.assert(
        fc.property(cases, (given) => {
          const { inputShape, kernelShape, attributes, seed } = given;
          const [x, delta] = [numbers(inputShape, seed), numbers(outputShape(given).shape, seed + 1)];
          const expected = plain(kernelShape);
          everyProduct(given, (to, from, by) => {
            expected.values[by] += x.values[from] * delta.values[to];
          });
          withoutLeaks(() =>
            expectClose(
              convolutionKernelGradient(
                { x: toTensor(x), delta: toTensor(delta) },
                { ...attributes, kernelShape },
              ),
              expected,
            ),
          );
        }),
        runs,
      );
    });

    it('has the kernel gradient in its portable form too', () => {
      fc.assert(
        fc.property(cases, (given) => {
          const { inputShape, kernelShape, attributes, seed } = given;
          const [x, delta] = [numbers(inputShape, seed), numbers(outputShape(given).shape, seed + 1)];
          const expected = plain(kernelShape);
          everyProduct(given, (to, from, by) => {
            expected.values[by] += x.values[from] * delta.values[to];
          });
          withoutLeaks(() =>
            expectClose(
              convolutionKernelGradient.portable(
                { x: toTensor(x), delta: toTensor(delta) },
                { ...attributes, kernelShape },
              ),
              expected,
            ),
          );
        }),
        { ...fewer, numRuns: 30 },
      );
    });

    it('has the input gradient Σ δ·K, for any kernel', () => {
      fc.assert(
        fc.property(cases, (given) => {
          const { inputShape, kernelShape, attributes, seed } = given;
          const [delta, kernel] = [numbers(outputShape(given).shape, seed), numbers(kernelShape, seed + 1)];
          const expected = plain(inputShape);
          everyProduct(given, (to, from, by) => {
            expected.values[from] += delta.values[to] * kernel.values[by];
          });
          withoutLeaks(() =>
            expectClose(
              convolutionInputGradient(
                { delta: toTensor(delta), kernel: toTensor(kernel) },
                { ...attributes, inputShape },
              ),
              expected,
            ),
          );
        }),
        runs,
      );
    });
  });
});
