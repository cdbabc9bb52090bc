import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { onBackend } from './support.js';

onBackend('cpu');
afterEach(() => tf.disposeVariables());

const { classNameMap } = tf.serialization.SerializationMap.getMap();
await import('@tensorflow/tfjs-layers');
const stock = { ...classNameMap };
const { kerasLayers } = await import('../src/index.js');

it('registers its layers, and leaves those of tfjs as they are', () => {
  expect(Object.keys(stock).length).toBeGreaterThan(100);
  for (const [name, registered] of Object.entries(stock)) expect(classNameMap[name]).toBe(registered);
  for (const [name, each] of Object.entries(kerasLayers)) {
    expect(each.className).toBe(name);
    expect(classNameMap[name][0]).toBe(each);
  }
});

type Name = keyof typeof kerasLayers;
const make = (name: Name, settings: object) => new kerasLayers[name](settings as never) as layers.Layer;

const size = fc.integer({ min: 1, max: 4 });
const padding = fc.constantFrom('same', 'valid');
const dataFormat = fc.constantFrom('channelsLast', 'channelsFirst');
const ends = (axes: number) => fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: axes, maxLength: axes });
const shape = (rank: number, min = 5) =>
  fc
    .array(fc.integer({ min, max: min + 4 }), { minLength: rank - 2, maxLength: rank - 2 })
    .map((sizes) => [2, ...sizes, 4]);
const activation = fc.constantFrom('linear', 'tanh', null);

/** Settings and the shape of an input, by layer. */
const cases: Partial<Record<Name, fc.Arbitrary<{ readonly settings: object; readonly input: number[] }>>> = {
  Conv1DTranspose: fc.record({
    settings: fc.record({
      filters: size,
      kernelSize: size,
      strides: fc.integer({ min: 1, max: 3 }),
      padding,
      activation,
    }),
    input: shape(3),
  }),
  SeparableConv1D: fc.record({
    settings: fc.record({
      filters: size,
      kernelSize: size,
      strides: fc.integer({ min: 1, max: 3 }),
      padding,
      depthMultiplier: size,
    }),
    input: shape(3),
  }),
  DepthwiseConv1D: fc.record({
    settings: fc.record({
      kernelSize: size,
      strides: fc.integer({ min: 1, max: 3 }),
      padding,
      depthMultiplier: size,
    }),
    input: shape(3),
  }),
  GroupedConv2D: fc.record({
    settings: fc.record({
      filters: fc.constantFrom(2, 4),
      groups: fc.constantFrom(1, 2),
      kernelSize: fc.tuple(size, size),
      strides: size,
      padding,
    }),
    input: shape(4),
  }),
  DilatedDepthwiseConv2D: fc.record({
    settings: fc.record({
      kernelSize: fc.tuple(fc.integer({ min: 1, max: 2 }), size),
      dilationRate: fc.tuple(size, fc.constant(1)),
      padding,
      depthMultiplier: size,
    }),
    input: shape(4),
  }),
  ZeroPadding: fc.record({ settings: fc.record({ padding: ends(3), dataFormat }), input: shape(5) }),
  Cropping: fc.record({
    settings: fc.record({ cropping: ends(3), dataFormat: fc.constant('channelsLast') }),
    input: shape(5),
  }),
  Repeating: fc.record({
    settings: fc.record({ size: fc.tuple(size, size, size), dataFormat }),
    input: shape(5, 1),
  }),
  ImageResizing: fc.record({
    settings: fc.oneof(
      fc.record({
        height: size,
        width: size,
        interpolation: fc.constantFrom('bilinear', 'nearest'),
        dataFormat,
      }),
      fc.record({ factors: fc.tuple(size, size), interpolation: fc.constant('bilinear'), dataFormat }),
    ),
    input: shape(4, 2),
  }),
  CentralCrop: fc.record({
    settings: fc.record({
      height: fc.integer({ min: 1, max: 12 }),
      width: fc.integer({ min: 1, max: 12 }),
      dataFormat: fc.constant('channelsLast'),
    }),
    input: shape(4),
  }),
  GlobalPooling: fc.record({
    settings: fc.record({
      reduction: fc.constantFrom('mean', 'max'),
      axes: fc.constant(3),
      keepdims: fc.boolean(),
      dataFormat,
    }),
    input: shape(5, 1),
  }),
  GroupNormalization: fc.record({
    settings: fc.record({ groups: fc.constantFrom(-1, 1, 2, 4) }),
    input: shape(4, 1),
  }),
  UnitNormalization: fc.record({
    settings: fc.record({ axis: fc.constantFrom(-1, 1, [1, 2]) }),
    input: shape(4, 1),
  }),
};

describe.each(Object.keys(cases) as Name[])('%s', (name) => {
  it('gives finite numbers of the shape that it says, and is the same after being saved', () => {
    fc.assert(
      fc.property(cases[name] as NonNullable<(typeof cases)[Name]>, ({ settings, input }) => {
        tf.tidy(() => {
          const layer = make(name, settings);
          const x = tf.randomNormal(input, 0, 1, 'float32', 3);
          const y = layer.apply(x) as tf.Tensor;
          expect(y.shape).toEqual(layer.computeOutputShape(input));
          const open = layer.computeOutputShape([null, ...input.slice(1)]) as (number | null)[];
          expect(open).toEqual([null, ...y.shape.slice(1)]);
          expect(y.dataSync().every(Number.isFinite)).toBe(true);
          const again = make(name, layer.getConfig());
          again.build(input);
          again.setWeights(layer.getWeights());
          expect([...(again.apply(x) as tf.Tensor).dataSync()]).toEqual([...y.dataSync()]);
        });
      }),
      { numRuns: 25, seed: 11 },
    );
  });
});

it('DilatedDepthwiseConv2D computes what the operation of tfjs does, which has no gradient', () => {
  fc.assert(
    fc.property(cases.DilatedDepthwiseConv2D as NonNullable<(typeof cases)[Name]>, ({ settings, input }) => {
      tf.tidy(() => {
        const layer = make('DilatedDepthwiseConv2D', { ...settings, useBias: false });
        const x: tf.Tensor4D = tf.randomNormal(input as [number, number, number, number], 0, 1, 'float32', 3);
        const y = layer.apply(x) as tf.Tensor;
        const [kernel] = layer.getWeights() as [tf.Tensor4D];
        const { padding, dilationRate } = settings as {
          padding: 'same' | 'valid';
          dilationRate: [number, number];
        };
        const expected = tf.depthwiseConv2d(x, kernel, 1, padding, 'NHWC', dilationRate);
        expect(tf.max(tf.abs(tf.sub(y, expected))).dataSync()[0]).toBeLessThan(1e-5);
      });
    }),
    { numRuns: 40, seed: 2 },
  );
});

it('dropout in GRUResetAfter: another mask each call in training, none when predicting', () => {
  const layer = make('GRUResetAfter', {
    units: 5,
    dropout: 0.5,
    recurrentDropout: 0.5,
    returnSequences: true,
    recurrentInitializer: 'zeros',
  });
  tf.tidy(() => {
    const x = tf.ones([2, 6, 4]);
    const run = (training: boolean) => [...(layer.apply(x, { training }) as tf.Tensor).dataSync()];
    expect(run(false)).toEqual(run(false));
    expect(run(true)).not.toEqual(run(true));
  });
});

it('AxisBatchNormalization of any axis of any rank, in training and after', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5 }), fc.nat(3), fc.boolean(), (rank, place, isNegative) => {
      tf.tidy(() => {
        const own = 1 + (place % (rank - 1));
        const axis = isNegative ? own - rank : own;
        const shape = [4, 3, 2, 3, 2].slice(0, rank);
        const layer = make('AxisBatchNormalization', { axis, momentum: 0 });
        const x = tf.randomNormal(shape, 1, 2, 'float32', 7);
        const others = shape.map((_, i) => i).filter((i) => i !== own);
        const { mean, variance } = tf.moments(x, others, true);
        const expected = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
        for (const training of [true, false]) {
          const found = layer.apply(x, { training }) as tf.Tensor;
          expect(found.shape).toEqual(shape);
          expect(tf.max(tf.abs(tf.sub(found, expected))).dataSync()[0]).toBeLessThan(1e-5);
        }
      });
    }),
    { numRuns: 40, seed: 1 },
  );
});

it('a BatchNormalization of volumes in a file of Keras predicts', async () => {
  const { makeModel } = await import('../src/make-model.js');
  const { readTopology } = await import('../src/topology/normalize.js');
  const layer = (class_name: string, config: object) => ({
    class_name,
    config: { name: class_name.toLowerCase(), trainable: true, dtype: 'float32', ...config },
  });
  const layers = [
    layer('InputLayer', { batch_input_shape: [null, 3, 3, 3, 1] }),
    layer('Conv3D', { filters: 2, kernel_size: [2, 2, 2], strides: [1, 1, 1], padding: 'valid' }),
    layer('BatchNormalization', { axis: [4] }),
  ];
  const { topology } = readTopology({ class_name: 'Sequential', config: { name: 'm', layers } } as never, 2);
  const model = makeModel(topology);
  model.setWeights(model.getWeights().map((weight, i) => tf.fill(weight.shape, [1, 0, 2, 1, 3, 4][i])));
  const found = model.predict(tf.ones([1, 3, 3, 3, 1])) as tf.Tensor;
  expect(found.shape).toEqual([1, 2, 2, 2, 2]);
  expect(found.dataSync()[0]).toBeCloseTo((2 * (8 - 3)) / Math.sqrt(4 + 1e-3) + 1, 5);
});
