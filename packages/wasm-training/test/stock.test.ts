// Stock kernels in the form of this package, against the cpu backend's plain JavaScript on random shapes.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { correctStockKernels } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  correctStockKernels();
  await tf.setBackend('wasm');
});

interface Numbers {
  readonly shape: readonly number[];
  readonly integersBelow?: number;
}
type Given = Readonly<Record<string, Numbers>>;

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** What the kernel makes of the same inputs on one backend. */
function computed(backend: string, kernel: string, inputs: Given, attributes: object, seed: number) {
  void tf.setBackend(backend);
  return tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([name, { shape, integersBelow }], i) => {
      const rng = createRng(seed + i);
      const values = integersBelow
        ? Int32Array.from(rng.uniform(sizeOf(shape), 0, integersBelow))
        : rng.normal(sizeOf(shape));
      return [name, tf.tensor(values, [...shape], integersBelow ? 'int32' : 'float32')];
    });
    const result = tf
      .engine()
      .runKernel(kernel, Object.fromEntries(tensors), attributes as never) as tf.Tensor;
    return { shape: result.shape, values: result.dataSync() };
  });
}

function expectSame(kernel: string, inputs: Given, attributes: object, seed: number): void {
  const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  const found = computed('wasm', kernel, inputs, attributes, seed);
  expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
  const expected = computed('cpu', kernel, inputs, attributes, seed);
  void tf.setBackend('wasm');
  expect(found.shape).toEqual(expected.shape);
  const largest = Array.from(expected.values).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  for (let i = 0; i < expected.values.length; i++) {
    if (!(Math.abs(found.values[i] - expected.values[i]) <= 1e-4 * largest)) {
      expect(found.values[i], `${kernel}, place ${i}`).toBeCloseTo(expected.values[i], 5);
    }
  }
}

const few = (most: number, least = 1) => fc.integer({ min: least, max: most });
const padding = fc.constantFrom('same', 'valid');
const seeds = few(1e6);
const runs = { numRuns: 60, seed: 3 };

/** A window over an image that has room for it. */
const windows = fc
  .record({
    images: few(3),
    image: fc.tuple(few(9), few(9)),
    window: fc.tuple(few(4), few(4)),
    steps: fc.tuple(few(3), few(3)),
    isDilated: fc.boolean(),
    channels: few(9),
    outputs: few(6),
    pad: padding,
    seed: seeds,
  })
  .map(({ image, window, steps, isDilated, ...rest }) => {
    const dilations = isDilated ? steps : [1, 1];
    const fit = (i: 0 | 1) => Math.max(image[i], (window[i] - 1) * dilations[i] + 1);
    return { ...rest, image: [fit(0), fit(1)], window, strides: isDilated ? [1, 1] : steps, dilations };
  });

const outputsOf = (
  x: readonly number[],
  filter: readonly number[],
  attributes: object,
  isDepthwise: boolean,
) => {
  const { strides, pad, dilations } = attributes as {
    strides: [number, number];
    pad: 'same';
    dilations: [number, number];
  };
  type Four = [number, number, number, number];
  return tf.backend_util.computeConv2DInfo(
    x as Four,
    filter as Four,
    strides,
    dilations,
    pad,
    undefined,
    isDepthwise,
  ).outShape;
};

describe('a convolution', () => {
  it.each(['Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput'])('%s', (kernel) => {
    fc.assert(
      fc.property(windows, ({ images, image, window, channels, outputs, seed, strides, dilations, pad }) => {
        // tfjs' gradients know no dilation.
        fc.pre(kernel === 'Conv2D' || dilations.every((rate) => rate === 1));
        const [x, filter] = [
          [images, ...image, channels],
          [...window, channels, outputs],
        ];
        const attributes = {
          strides,
          dilations,
          pad,
          dataFormat: 'NHWC',
          inputShape: x,
          filterShape: filter,
        };
        const dy = { shape: outputsOf(x, filter, attributes, false) };
        const inputs = {
          Conv2D: { x: { shape: x }, filter: { shape: filter } },
          Conv2DBackpropFilter: { x: { shape: x }, dy },
          Conv2DBackpropInput: { dy, filter: { shape: filter } },
        }[kernel] as Given;
        expectSame(kernel, inputs, attributes, seed);
      }),
      runs,
    );
  });

  it('takes padding in numbers, and a bias and an activation with it', () => {
    const pad = [
      [0, 0],
      [2, 1],
      [0, 3],
      [0, 0],
    ];
    const attributes = { strides: [1, 2], dilations: [1, 1], pad, dataFormat: 'NHWC', activation: 'elu' };
    const inputs = { x: { shape: [2, 5, 6, 3] }, filter: { shape: [3, 2, 3, 5] }, bias: { shape: [5] } };
    expectSame('FusedConv2D', inputs, attributes, 1);
  });

  it.each([
    'DepthwiseConv2dNative',
    'DepthwiseConv2dNativeBackpropFilter',
    'DepthwiseConv2dNativeBackpropInput',
  ])('%s', (kernel) => {
    const multipliers = fc.tuple(windows, few(3));
    fc.assert(
      fc.property(
        multipliers,
        ([{ images, image, window, channels, seed, strides, dilations, pad }, outputs]) => {
          fc.pre(kernel === 'DepthwiseConv2dNative' || dilations.every((rate) => rate === 1));
          const [x, filter] = [
            [images, ...image, channels],
            [...window, channels, outputs],
          ];
          const attributes = { strides, dilations, pad, inputShape: x, filterShape: filter };
          const dy = { shape: outputsOf(x, filter, attributes, true) };
          const inputs = {
            DepthwiseConv2dNative: { x: { shape: x }, filter: { shape: filter } },
            DepthwiseConv2dNativeBackpropFilter: { x: { shape: x }, dy },
            DepthwiseConv2dNativeBackpropInput: { dy, filter: { shape: filter } },
          }[kernel] as Given;
          expectSame(kernel, inputs, attributes, seed);
        },
      ),
      runs,
    );
  });
});

/** ⟨δ, x ∗ K⟩ = ⟨K, ∂/∂K⟩ = ⟨x, ∂/∂x⟩, since a convolution is linear in x and in K. */
it('gradients of dilated depthwise convolutions are adjoint to it, where the cpu backend leaves the dilation out', () => {
  fc.assert(
    fc.property(
      windows,
      few(3),
      ({ images, image, window, channels, seed, strides, dilations, pad }, outputs) => {
        const x = [images, ...image, channels];
        const filter = [...window, channels, outputs];
        const attributes = { strides, dilations, pad, inputShape: x, filterShape: filter };
        const dy = outputsOf(x, filter, attributes, true);
        tf.tidy(() => {
          const random = (shape: number[], i: number) =>
            tf.tensor(createRng(seed + i).normal(sizeOf(shape)), shape);
          const given = { x: random(x, 1), filter: random(filter, 2), dy: random(dy, 3) };
          const dot = (kernel: string, other: tf.Tensor) =>
            tf
              .sum(tf.mul(tf.engine().runKernel(kernel, given, attributes as never) as tf.Tensor, other))
              .dataSync()[0];
          const forward = dot('DepthwiseConv2dNative', given.dy);
          const scale = Math.max(1, Math.abs(forward), Math.sqrt(sizeOf(dy)));
          expect(Math.abs(dot('DepthwiseConv2dNativeBackpropFilter', given.filter) - forward)).toBeLessThan(
            1e-4 * scale,
          );
          expect(Math.abs(dot('DepthwiseConv2dNativeBackpropInput', given.x) - forward)).toBeLessThan(
            1e-4 * scale,
          );
        });
      },
    ),
    runs,
  );
});

describe('a pooling', () => {
  it.each(['MaxPool', 'AvgPool', 'MaxPoolGrad', 'AvgPoolGrad'])('%s', (kernel) => {
    fc.assert(
      fc.property(windows, ({ images, image, window, channels, seed, strides, pad }) => {
        const x = [images, ...image, channels];
        const attributes = { filterSize: window, strides, pad };
        const { outShape } = tf.backend_util.computePool2DInfo(
          x as [number, number, number, number],
          window as [number, number],
          strides as [number, number],
          1,
          pad as 'same',
        );
        const isGradient = kernel.endsWith('Grad');
        const inputs: Given = isGradient
          ? { dy: { shape: outShape }, input: { shape: x }, output: { shape: outShape } }
          : { x: { shape: x } };
        expectSame(kernel, inputs, attributes, seed);
      }),
      runs,
    );
  });

  it.each(['MaxPool3D', 'AvgPool3D', 'MaxPool3DGrad', 'AvgPool3DGrad'])('%s', (kernel) => {
    const cases = fc.tuple(windows, few(5), few(3), few(2));
    fc.assert(
      fc.property(cases, ([{ images, image, window, channels, seed, strides, pad }, depth, deep, step]) => {
        const x = [images, Math.max(depth, deep), ...image, channels];
        const attributes = {
          filterSize: [deep, ...window],
          strides: [step, ...strides],
          pad,
          dataFormat: 'NDHWC',
        };
        type Three = [number, number, number];
        const { outShape } = tf.backend_util.computePool3DInfo(
          x as [number, number, number, number, number],
          attributes.filterSize as Three,
          attributes.strides as Three,
          1,
          pad as 'same',
        );
        const inputs: Given = kernel.endsWith('Grad')
          ? { dy: { shape: outShape }, input: { shape: x }, output: { shape: outShape } }
          : { x: { shape: x } };
        expectSame(kernel, inputs, attributes, seed);
      }),
      { ...runs, numRuns: 40 },
    );
  });
});

describe('elementwise kernels and reductions', () => {
  const shapes = fc.array(few(7, 0), { minLength: 1, maxLength: 4 });

  it.each(['Tanh', 'Softplus'])('%s', (kernel) => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => expectSame(kernel, { x: { shape } }, {}, seed)),
      runs,
    );
  });

  it('Tanh of large numbers, of tiny ones, of zero, of what is no number', () => {
    const numbers = [0, -0, 1e-30, -1e-7, 0.1, 20, -90, 1e30, Number.POSITIVE_INFINITY, Number.NaN];
    const found = tf.tidy(() => tf.tanh(tf.tensor1d(numbers)).dataSync());
    for (const [i, number] of numbers.entries()) {
      const expected = Math.tanh(number);
      if (Number.isNaN(expected)) expect(found[i]).toBeNaN();
      else expect(Math.abs(found[i] - expected)).toBeLessThanOrEqual(3e-7 * Math.abs(expected));
    }
  });

  it('Sum over leading axes, and over others', () => {
    fc.assert(
      fc.property(
        fc.array(few(7), { minLength: 1, maxLength: 4 }),
        few(4),
        fc.boolean(),
        seeds,
        (shape, count, keepDims, seed) => {
          const axis = shape.map((_, i) => i).slice(0, Math.min(count, shape.length));
          expectSame('Sum', { x: { shape } }, { axis, keepDims }, seed);
          expectSame('Sum', { x: { shape } }, { axis: [shape.length - 1], keepDims }, seed);
        },
      ),
      runs,
    );
  });

  it('Sum over many rows', () => {
    expectSame('Sum', { x: { shape: [9000, 37] } }, { axis: [0], keepDims: false }, 1);
  });

  it('UnsortedSegmentSum', () => {
    fc.assert(
      fc.property(
        few(30, 0),
        few(6),
        fc.array(few(20), { maxLength: 2 }),
        seeds,
        (count, numSegments, rest, seed) => {
          const inputs = {
            x: { shape: [count, ...rest] },
            segmentIds: { shape: [count], integersBelow: numSegments },
          };
          expectSame('UnsortedSegmentSum', inputs, { numSegments }, seed);
        },
      ),
      runs,
    );
  });

  it('GatherV2', () => {
    fc.assert(
      fc.property(
        few(9),
        fc.array(few(6), { maxLength: 2 }),
        fc.array(few(5), { maxLength: 2 }),
        seeds,
        (rows, rest, indices, seed) => {
          const inputs = { x: { shape: [rows, ...rest] }, indices: { shape: indices, integersBelow: rows } };
          expectSame('GatherV2', inputs, { axis: 0, batchDims: 0 }, seed);
        },
      ),
      runs,
    );
    const outside = () => tf.tidy(() => tf.gather(tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32')));
    expect(outside).toThrow('the index value 3 is not in [0, 2]');
  });

  it('leave other types than float32 to tfjs', () => {
    tf.tidy(() => {
      expect(tf.sum(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), 0).dataSync()).toEqual(Int32Array.of(4, 6));
      expect(tf.gather(tf.tensor1d([5, 6], 'int32'), tf.tensor1d([1], 'int32')).dataSync()).toEqual(
        Int32Array.of(6),
      );
    });
  });
});
