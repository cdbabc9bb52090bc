import type { KernelFunc } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { correctKernel, correctStockKernels, isCorrected } from '../src/index.js';
import { kernelOf } from '../src/tfjs/corrections/numbers.js';
import { maxPoolLoop } from '../src/tfjs/corrections/pooling.js';
import { numbers, onEach, plain, property, seeds, small, toTensor, withoutLeaks } from './support.js';

const doubles = (tensor: tf.Tensor) => Float64Array.from(tensor.dataSync());
const inner = (a: tf.Tensor, b: tf.Tensor) => {
  const other = doubles(b);
  return doubles(a).reduce((sum, value, i) => sum + value * other[i], 0);
};
const lengthOf = (x: tf.Tensor) => Math.sqrt(inner(x, x));

/** A kernel of tfjs by its name: what tf.grad would run, which only tfjs-layers sets up. */
const run = (name: string, inputs: tf.NamedTensorMap, attributes: object) =>
  tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;

/**
 * ⟨signal, y⟩ = ⟨gradient(signal), x⟩ for every signal: what makes a gradient of a linear function y of x, and of one
 * that passes the largest of some numbers on.
 */
function expectAdjoint(
  x: tf.Tensor,
  y: tf.Tensor,
  gradientOf: (signal: tf.Tensor) => tf.Tensor,
  seed: number,
) {
  const signal = toTensor(numbers(y.shape, seed));
  const gradient = gradientOf(signal);
  expect(gradient.shape).toEqual(x.shape);
  const scale = Math.max(lengthOf(gradient) * lengthOf(x), lengthOf(signal) * lengthOf(y), 1e-3);
  expect(Math.abs(inner(gradient, x) - inner(signal, y)) / scale).toBeLessThan(1e-5);
}

const padding = fc.constantFrom('same' as const, 'valid' as const);
const runs = { ...property, numRuns: 60 };

/** Shapes into which a window of this size fits, or any with `same`. */
const geometry = (dimensions: number) =>
  fc
    .record({
      batch: small(3),
      sizes: fc.array(small(6), { minLength: dimensions, maxLength: dimensions }),
      channels: small(3),
      window: fc.array(small(3), { minLength: dimensions, maxLength: dimensions }),
      strides: fc.array(small(4), { minLength: dimensions, maxLength: dimensions }),
      padding,
      seed: seeds,
      shift: fc.constantFrom(0, -10),
    })
    .map(({ batch, sizes, channels, ...rest }) => {
      const fit = sizes.map((size, i) => (rest.padding === 'valid' ? Math.max(size, rest.window[i]) : size));
      return { shape: [batch, ...fit, channels], channels, ...rest };
    });

onEach((backend) => {
  it.each([
    ['AvgPool', 2],
    ['AvgPool3D', 3],
    ['MaxPool', 2],
    ['MaxPool3D', 3],
  ])('the gradient of %s is right on random shapes', (name, rank) => {
    fc.assert(
      fc.property(geometry(rank), ({ shape, window, strides, padding, seed, shift }) => {
        withoutLeaks(() => {
          const x = toTensor(numbers(shape, seed, shift));
          const attributes = { filterSize: window, strides, pad: padding };
          const y = run(name, { x }, attributes);
          const gradient = (dy: tf.Tensor) => run(`${name}Grad`, { dy, input: x, output: y }, attributes);
          expectAdjoint(x, y, gradient, seed + 1);
        });
      }),
      runs,
    );
  });

  it.each(['ResizeNearestNeighbor', 'ResizeBilinear'])('the gradient of %s is right', (name) => {
    const size = fc.tuple(small(7), small(7));
    const centres = fc.constantFrom(
      { alignCorners: false, halfPixelCenters: false },
      { alignCorners: true, halfPixelCenters: false },
      { alignCorners: false, halfPixelCenters: true },
    );
    fc.assert(
      fc.property(small(3), size, size, small(3), centres, seeds, (batch, from, to, channels, at, seed) => {
        withoutLeaks(() => {
          const images = toTensor(numbers([batch, ...from, channels], seed));
          const attributes = { ...at, size: to };
          const gradient = (dy: tf.Tensor) => run(`${name}Grad`, { dy, images }, attributes);
          expectAdjoint(images, run(name, { images }, attributes), gradient, seed + 1);
        });
      }),
      runs,
    );
  });

  it('both gradients of a convolution of volumes are right on random shapes', () => {
    fc.assert(
      fc.property(geometry(3), small(3), ({ shape, channels, window, strides, padding, seed }, filters) => {
        withoutLeaks(() => {
          const x = toTensor(numbers(shape, seed));
          const filter = toTensor(numbers([...window, channels, filters], seed + 1));
          const given = { strides, pad: padding, dilations: 1 };
          const y = run('Conv3D', { x, filter }, given);
          const byInput = (dy: tf.Tensor) =>
            run('Conv3DBackpropInputV2', { dy, filter }, { ...given, inputShape: shape });
          const byKernel = (dy: tf.Tensor) =>
            run('Conv3DBackpropFilterV2', { x, dy }, { ...given, filterShape: filter.shape });
          expectAdjoint(x, y, byInput, seed + 2);
          expectAdjoint(filter, y, byKernel, seed + 3);
        });
      }),
      runs,
    );
  });

  it('max pooling of volumes takes the largest of each window, of any sign', () => {
    const values = [-5, -3, -8, -1, -2, -9, -7, -4];
    const x = toTensor(plain([1, 2, 2, 2, 1], Float64Array.from(values))) as tf.Tensor5D;
    expect([...tf.maxPool3d(x, 2, 1, 'valid').dataSync()]).toEqual([-1]);
    expect([...tf.maxPool3d(x, 1, 1, 'valid').dataSync()]).toEqual(values);
  });

  const convolutions = {
    convolution: (x: tf.Tensor4D, kernel: tf.Tensor4D, strides: [number, number], pad: 'same' | 'valid') =>
      tf.conv2d(x, kernel, strides, pad),
    'fused convolution': (x, filter, strides, pad) => tf.fused.conv2d({ x, filter, strides, pad }),
    'depthwise convolution': (x, kernel, strides, pad) => tf.depthwiseConv2d(x, kernel, strides, pad),
    'fused depthwise convolution': (x, filter, strides, pad) =>
      tf.fused.depthwiseConv2d({ x, filter, strides, pad }),
  } satisfies Record<
    string,
    (x: tf.Tensor4D, kernel: tf.Tensor4D, strides: [number, number], pad: 'same' | 'valid') => tf.Tensor
  >;
  it.each(Object.entries(convolutions))('%s with `same` is that of the padded input', (_, convolve) => {
    fc.assert(
      fc.property(geometry(2), small(3), ({ shape, channels, window, strides, seed }, filters) => {
        withoutLeaks(() => {
          const x = toTensor(numbers(shape, seed)) as tf.Tensor4D;
          const kernel = toTensor(numbers([...window, channels, filters], seed + 1)) as tf.Tensor4D;
          const moves = strides as [number, number];
          const pads = [0, 1].map((axis) => {
            const places = Math.ceil(shape[axis + 1] / moves[axis]);
            const missing = Math.max(0, (places - 1) * moves[axis] + window[axis] - shape[axis + 1]);
            return [Math.floor(missing / 2), Math.ceil(missing / 2)] as [number, number];
          });
          const padded = tf.pad(x, [[0, 0], ...pads, [0, 0]] as never) as tf.Tensor4D;
          const expected = convolve(padded, kernel, moves, 'valid');
          const found = convolve(x, kernel, moves, 'same');
          expect(found.shape).toEqual(expected.shape);
          const apart = lengthOf(tf.sub(found, expected)) / Math.max(lengthOf(expected), 1e-3);
          expect(apart).toBeLessThan(1e-5);
        });
      }),
      runs,
    );
  });

  it('useBackend has corrected them, once', () => {
    expect(isCorrected('AvgPoolGrad', backend)).toBe(true);
    expect(isCorrected('Add', backend)).toBe(false);
    expect(correctStockKernels()).toEqual([]);
  });
});

it('there is nothing to correct on a backend that nobody imported', () => {
  expect(correctKernel('AvgPoolGrad', 'webgl', (stock) => stock)).toBe(false);
});

it('what is not float32 goes on to the stock kernel', () => {
  const stock: KernelFunc = () => ({ dataId: {}, shape: [7], dtype: 'int32' });
  const kernel = kernelOf(maxPoolLoop, 'cpu')(stock);
  const x = { dataId: {}, shape: [1, 1, 1, 1], dtype: 'int32' as const };
  expect(kernel({ inputs: { x }, backend: {}, attrs: {} })).toMatchObject({ shape: [7] });
});
