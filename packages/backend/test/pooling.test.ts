import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  averagePool,
  averagePoolGradient,
  maxPool,
  maxPoolGradient,
  type PoolingAttributes,
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
  readonly shape: readonly [number, number, number, number];
  readonly attributes: PoolingAttributes;
  readonly seed: number;
  /** Added to every number: far below zero, no window has a positive one. */
  readonly shift: number;
}

function axis(size: number, pool: number, stride: number, padding: 'same' | 'valid') {
  if (padding === 'valid') return { places: Math.floor((size - pool) / stride) + 1, before: 0 };
  const places = Math.ceil(size / stride);
  return { places, before: Math.floor(Math.max(0, (places - 1) * stride + pool - size) / 2) };
}

function outputShape({ shape, attributes: { poolSize, strides, padding } }: Case) {
  const rows = axis(shape[1], poolSize[0], strides[0], padding);
  const columns = axis(shape[2], poolSize[1], strides[1], padding);
  return { shape: [shape[0], rows.places, columns.places, shape[3]], top: rows.before, left: columns.before };
}

/** Calls `visit` with the place of each output and the places of those of its window's elements that exist. */
function everyWindow(given: Case, visit: (output: number, window: number[]) => void): void {
  const { poolSize, strides } = given.attributes;
  const { shape, top, left } = outputShape(given);
  for (let n = 0; n < shape[0]; n++) {
    for (let i = 0; i < shape[1]; i++) {
      for (let j = 0; j < shape[2]; j++) {
        for (let channel = 0; channel < shape[3]; channel++) {
          const window: number[] = [];
          for (let k = 0; k < poolSize[0]; k++) {
            for (let l = 0; l < poolSize[1]; l++) {
              const [row, column] = [i * strides[0] + k - top, j * strides[1] + l - left];
              const inside = row >= 0 && row < given.shape[1] && column >= 0 && column < given.shape[2];
              if (inside) window.push(at(given.shape, n, row, column, channel));
            }
          }
          visit(at(shape, n, i, j, channel), window);
        }
      }
    }
  }
}

const firstOfLargest = (x: Plain, window: number[]) =>
  window.reduce((best, place) => (x.values[place] > x.values[best] ? place : best), window[0]);

const cases: fc.Arbitrary<Case> = fc
  .record({
    batch: small(3),
    sizes: fc.tuple(small(8), small(8)),
    channels: small(3),
    poolSize: fc.tuple(small(4), small(4)),
    strides: fc.tuple(small(4), small(4)),
    padding: fc.constantFrom('same' as const, 'valid' as const),
    seed: seeds,
    shift: fc.constantFrom(0, -10),
  })
  .map(({ batch, sizes, channels, poolSize, strides, padding, seed, shift }) => {
    const fit = (i: 0 | 1) => Math.max(sizes[i], padding === 'valid' ? poolSize[i] : 1);
    return {
      shape: [batch, fit(0), fit(1), channels] as const,
      attributes: { poolSize, strides, padding },
      seed,
      shift,
    };
  });

const runs = { ...property, numRuns: 60 };

onEach(() => {
  it('maxPool takes the largest of each window', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const x = numbers(given.shape, given.seed, given.shift);
        const expected = plain(outputShape(given).shape);
        everyWindow(given, (output, window) => {
          expected.values[output] = Math.max(...window.map((place) => x.values[place]));
        });
        withoutLeaks(() => expectClose(maxPool({ x: toTensor(x) }, given.attributes), expected));
      }),
      runs,
    );
  });

  it('maxPoolGradient gives each signal to the largest of its window, of any sign', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const x = numbers(given.shape, given.seed, given.shift);
        const signal = numbers(outputShape(given).shape, given.seed + 1);
        const expected = plain(given.shape);
        everyWindow(given, (output, window) => {
          expected.values[firstOfLargest(x, window)] += signal.values[output];
        });
        withoutLeaks(() => {
          const inputs = { x: toTensor(x), y: maxPool({ x: toTensor(x) }, given.attributes) };
          expectClose(maxPoolGradient({ ...inputs, signal: toTensor(signal) }, given.attributes), expected);
        });
      }),
      runs,
    );
  });

  it.each([0, -1, 3])('maxPoolGradient takes the first of equals where all are %d', (value) => {
    const given: Case = {
      shape: [1, 4, 4, 2],
      attributes: { poolSize: [2, 2], strides: [2, 2], padding: 'valid' },
      seed: 1,
      shift: 0,
    };
    const x = toTensor(plain(given.shape, new Float64Array(32).fill(value)));
    const signal = numbers(outputShape(given).shape, 2);
    const expected = plain(given.shape);
    everyWindow(given, (output, window) => {
      expected.values[window[0]] += signal.values[output];
    });
    const y = maxPool({ x }, given.attributes);
    expectClose(maxPoolGradient({ x, y, signal: toTensor(signal) }, given.attributes), expected);
  });

  it('averagePool takes the mean of each window, padding left out', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const x = numbers(given.shape, given.seed, given.shift);
        const expected = plain(outputShape(given).shape);
        everyWindow(given, (output, window) => {
          expected.values[output] = window.reduce((sum, place) => sum + x.values[place] / window.length, 0);
        });
        withoutLeaks(() => expectClose(averagePool({ x: toTensor(x) }, given.attributes), expected));
      }),
      runs,
    );
  });

  it('averagePoolGradient spreads each signal over what the mean was taken of', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const signal = numbers(outputShape(given).shape, given.seed);
        const expected = plain(given.shape);
        everyWindow(given, (output, window) => {
          for (const place of window) expected.values[place] += signal.values[output] / window.length;
        });
        withoutLeaks(() => {
          const x = toTensor(plain(given.shape));
          expectClose(averagePoolGradient({ x, signal: toTensor(signal) }, given.attributes), expected);
        });
      }),
      runs,
    );
  });

  it('the gradients leave the signal and the input as they were', () => {
    const attributes: PoolingAttributes = { poolSize: [2, 2], strides: [1, 1], padding: 'same' };
    const [x, signal] = [toTensor(numbers([1, 3, 3, 2], 5)), toTensor(numbers([1, 3, 3, 2], 6))];
    const before = [x.dataSync().slice(), signal.dataSync().slice()];
    maxPoolGradient({ x, signal, y: maxPool({ x }, attributes) }, attributes);
    averagePoolGradient({ x, signal }, attributes);
    expect([x.dataSync(), signal.dataSync()]).toEqual(before);
  });
});
