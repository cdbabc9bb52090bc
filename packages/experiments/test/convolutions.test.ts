import { conv2d, setBackend, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { asked, toeplitz } from '../src/experiments/a10-convolutions.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const numbers = (count: number) =>
  fc.array(fc.integer({ min: -8, max: 8 }), { minLength: count, maxLength: count });

const rowsOf = (values: readonly number[], columns: number) =>
  Array.from({ length: values.length / columns }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns),
  );

describe('the matrices of A10', () => {
  it('a convolution is the product with its matrix', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
      .chain(([size, output]) =>
        fc.record({
          size: fc.constant(size),
          output: fc.constant(output),
          kernel: numbers(size * size),
          image: numbers((output + size - 1) ** 2),
        }),
      );
    fc.assert(
      fc.property(cases, ({ size, output, kernel, image }) => {
        const side = output + size - 1;
        const convolved = tidy(() => {
          const [inputs, weights] = [tensor(image, [1, side, side, 1]), tensor(kernel, [size, size, 1, 1])];
          return conv2d(inputs as Tensor4D, weights as Tensor4D, 1, 'valid')
            .dataSync()
            .slice();
        });
        const matrix = toeplitz(rowsOf(kernel, size), output ** 2, side ** 2);
        const product = matrix.map((row) => row.reduce((sum, weight, i) => sum + weight * image[i], 0));
        expect(product).toEqual(Array.from(convolved, (value) => value + 0));
      }),
    );
  });

  it('what alignment asks for is F₂ᵀF₁', () => {
    const first = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const second = [
      [1, -1],
      [2, 0],
    ];
    expect(asked([first, second])).toEqual([
      [9, 12, 15],
      [-1, -2, -3],
    ]);
    expect(asked([[], []])).toEqual([]);
  });
});
