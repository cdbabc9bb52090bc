import { activations, type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type Node, type Recorded } from '@feedalign/core';
import { type Adapter, adapters, trace } from '@feedalign/layers';
import { GroupedDense } from '@feedalign/models';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { seedWeights } from '../src/zoo.js';

/** Every adapter, in the settings that change its mathematics: a layer and the shapes of its inputs. */
type Make = () => { apply(x: never): unknown };
type Case = readonly [title: string, className: string, make: Make, ...shapes: number[][]];

const cases: readonly Case[] = [
  ...Object.keys(activations).map(
    (activation): Case => [
      `Activation ${activation}`,
      'Activation',
      () => layers.activation({ activation: activation as 'relu' }),
      [7],
    ],
  ),
  ['Dense', 'Dense', () => layers.dense({ units: 5 }), [7]],
  [
    'Dense with tanh, no bias',
    'Dense',
    () => layers.dense({ units: 5, activation: 'tanh', useBias: false }),
    [7],
  ],
  ['Dense with swish over sequences', 'Dense', () => layers.dense({ units: 5, activation: 'swish' }), [3, 4]],
  ['GroupedDense', 'GroupedDense', () => new GroupedDense({ units: 4, groups: 2 }), [6]],
  [
    'GroupedDense with tanh, no bias',
    'GroupedDense',
    () => new GroupedDense({ units: 9, groups: 3, activation: 'tanh', useBias: false }),
    [6],
  ],
  [
    'GroupedDense with gelu over places of two axes',
    'GroupedDense',
    () => new GroupedDense({ units: 6, groups: 2, activation: 'gelu' as never }),
    [2, 3, 4],
  ],
  ...(['tanh', 'softmax', 'linear'] as const).map(
    (activation): Case => [
      `GroupedDense with ${activation} over the axis between`,
      'GroupedDense',
      // A softmax is the same whatever is added to all that it takes.
      () => new GroupedDense({ units: 6, groups: 2, axis: 2, activation, useBias: activation !== 'softmax' }),
      [2, 4, 3],
    ],
  ),
  ['Permute', 'Permute', () => layers.permute({ dims: [2, 1] }), [3, 4]],
  [
    'Permute of what stands between others',
    'Permute',
    () => layers.permute({ dims: [1, 3, 2, 4] }),
    [2, 3, 4, 2],
  ],
  ['Permute of runs', 'Permute', () => layers.permute({ dims: [3, 1, 2] }), [2, 3, 4]],
  ['Permute of nothing', 'Permute', () => layers.permute({ dims: [1, 2] }), [2, 3]],
  ...(['same', 'valid'] as const).flatMap((padding): Case[] => [
    [
      `Conv1D ${padding}, strides 2`,
      'Conv1D',
      () => layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, padding, activation: 'tanh' }),
      [7, 4],
    ],
    [
      `Conv1D ${padding}, dilated`,
      'Conv1D',
      () => layers.conv1d({ filters: 2, kernelSize: 2, dilationRate: 2, padding, useBias: false }),
      [8, 3],
    ],
    [`Conv2D ${padding}`, 'Conv2D', () => layers.conv2d({ filters: 3, kernelSize: 3, padding }), [6, 7, 2]],
    [
      `Conv2D ${padding}, even kernel, sigmoid`,
      'Conv2D',
      () => layers.conv2d({ filters: 3, kernelSize: [2, 4], padding, activation: 'sigmoid' }),
      [6, 7, 2],
    ],
    [
      `Conv2D ${padding}, strides 2 with a row left over`,
      'Conv2D',
      () => layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding }),
      [8, 6, 3],
    ],
    [
      `Conv2D ${padding}, strides 3 by 1`,
      'Conv2D',
      () => layers.conv2d({ filters: 2, kernelSize: [3, 2], strides: [3, 1], padding, useBias: false }),
      [9, 5, 1],
    ],
    [
      `Conv2D ${padding}, dilated`,
      'Conv2D',
      () => layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, padding }),
      [8, 9, 2],
    ],
    [
      `DepthwiseConv2D ${padding}`,
      'DepthwiseConv2D',
      () =>
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding, activation: 'tanh' } as never),
      [6, 7, 2],
    ],
    [
      `DepthwiseConv2D ${padding}, strides 2`,
      'DepthwiseConv2D',
      () => layers.depthwiseConv2d({ kernelSize: [2, 3], strides: [2, 2], padding, useBias: false }),
      [7, 8, 3],
    ],
    [
      `SeparableConv2D ${padding}, strides 2`,
      'SeparableConv2D',
      () =>
        layers.separableConv2d({ filters: 3, kernelSize: 3, strides: [2, 2], padding, activation: 'swish' }),
      [7, 8, 2],
    ],
    [
      `MaxPooling2D ${padding}`,
      'MaxPooling2D',
      () => layers.maxPooling2d({ poolSize: [2, 3], padding }),
      [7, 8, 2],
    ],
    [
      `MaxPooling2D ${padding}, overlapping`,
      'MaxPooling2D',
      () => layers.maxPooling2d({ poolSize: 3, strides: 2, padding }),
      [7, 8, 2],
    ],
    [
      `MaxPooling2D ${padding}, with gaps`,
      'MaxPooling2D',
      () => layers.maxPooling2d({ poolSize: 2, strides: 3, padding }),
      [9, 8, 2],
    ],
    [
      `AveragePooling2D ${padding}`,
      'AveragePooling2D',
      () => layers.averagePooling2d({ poolSize: [2, 3], padding }),
      [7, 8, 2],
    ],
    [
      `AveragePooling2D ${padding}, overlapping`,
      'AveragePooling2D',
      () => layers.averagePooling2d({ poolSize: 3, strides: 1, padding }),
      [5, 6, 2],
    ],
    [`MaxPooling1D ${padding}`, 'MaxPooling1D', () => layers.maxPooling1d({ poolSize: 2, padding }), [7, 3]],
    [
      `AveragePooling1D ${padding}`,
      'AveragePooling1D',
      () => layers.averagePooling1d({ poolSize: 3, strides: 2, padding }),
      [7, 3],
    ],
  ]),
  ['Conv2D 1×1', 'Conv2D', () => layers.conv2d({ filters: 4, kernelSize: 1 }), [4, 4, 3]],
  ['Flatten', 'Flatten', () => layers.flatten(), [3, 4, 2]],
  ['Reshape', 'Reshape', () => layers.reshape({ targetShape: [6, 4] }), [3, 4, 2]],
  ['GlobalAveragePooling2D', 'GlobalAveragePooling2D', () => layers.globalAveragePooling2d({}), [4, 5, 3]],
  ['GlobalAveragePooling1D', 'GlobalAveragePooling1D', () => layers.globalAveragePooling1d({}), [4, 5]],
  ['GlobalMaxPooling2D', 'GlobalMaxPooling2D', () => layers.globalMaxPooling2d({}), [4, 5, 3]],
  ['GlobalMaxPooling1D', 'GlobalMaxPooling1D', () => layers.globalMaxPooling1d({}), [4, 5]],
  ['Dropout', 'Dropout', () => layers.dropout({ rate: 0.4 }), [6, 5]],
  ['BatchNormalization', 'BatchNormalization', () => layers.batchNormalization({ epsilon: 0.01 }), [5]],
  ['BatchNormalization of images', 'BatchNormalization', () => layers.batchNormalization(), [4, 3, 5]],
  [
    'BatchNormalization over the first axis',
    'BatchNormalization',
    () => layers.batchNormalization({ axis: 1 }),
    [4, 3, 5],
  ],
  [
    'BatchNormalization without scale',
    'BatchNormalization',
    () => layers.batchNormalization({ scale: false }),
    [5],
  ],
  ['LayerNormalization', 'LayerNormalization', () => layers.layerNormalization(), [6]],
  [
    'LayerNormalization over two axes',
    'LayerNormalization',
    () => layers.layerNormalization({ axis: [1, 2] }),
    [4, 3],
  ],
  [
    'LayerNormalization without centre',
    'LayerNormalization',
    () => layers.layerNormalization({ center: false }),
    [4, 3],
  ],
  [
    'LayerNormalization without centre and scale',
    'LayerNormalization',
    () => layers.layerNormalization({ center: false, scale: false }),
    [2, 4, 3],
  ],
  ['Add', 'Add', () => layers.add(), [4, 3], [4, 3], [4, 3]],
  ['Concatenate', 'Concatenate', () => layers.concatenate(), [4, 3], [4, 2]],
  ['Concatenate along the first axis', 'Concatenate', () => layers.concatenate({ axis: 1 }), [4, 3], [1, 3]],
];

/** A model with the layer under test, and a dense layer behind it, so that it is no output. */
function modelOf(make: Make, shapes: readonly number[][]): LayersModel {
  const inputs = shapes.map((shape) => input({ shape }));
  const applied = make().apply((inputs.length === 1 ? inputs[0] : inputs) as never) as SymbolicTensor;
  const size = (applied.shape.slice(1) as number[]).reduce((product, dimension) => product * dimension, 1);
  const flat = layers.reshape({ targetShape: [size], name: 'behind' }).apply(applied) as SymbolicTensor;
  const model = functional({ inputs, outputs: layers.dense({ units: 2 }).apply(flat) as SymbolicTensor });
  seedWeights(model);
  return model;
}

/** The layer under test, traced. */
function nodeIn(model: LayersModel, className: string, adapters?: Readonly<Record<string, Adapter>>): Node {
  const { nodes } = trace(model, { adapters });
  const found = nodes.find((node) => node.className === className && node.name !== 'behind');
  if (!found) throw new Error(`no ${className}`);
  return found;
}

const doubles = (tensor: tf.Tensor) => Float64Array.from(tensor.dataSync());
const inner = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

describe.each<BackendName>(['wasm', 'cpu'])('adapters on %s agree with central differences', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  // Without `@feedalign/wasm-training` tfjs' wasm has no gradient of these.
  const trainable = cases.filter(([title]) => backend !== 'wasm' || !/^(Depthwise|Separable)/.test(title));
  it.each(trainable.map(([title, ...rest]) => ({ title, rest })))('$title', ({ rest }) => {
    const [className, make, ...shapes] = rest;
    const { operation } = nodeIn(modelOf(make, shapes), className);
    // A seed under which no two maxima of a window are so near that a step changes their order.
    const rng = createRng(11);
    const noise = (name: string, shape: number[]) =>
      tf.tensor(rng.stream(name).normal(shape.reduce((size, dimension) => size * dimension, 1)), shape);
    const batch = 3;
    const xs = shapes.map((shape, i) => noise(`input ${i}`, [batch, ...shape]));
    // The same mask each time: each forward pass draws from the beginning of the same stream.
    const run = (inputs: tf.Tensor[]): Recorded =>
      operation.forward(inputs, { training: true, rng: () => rng.stream('mask') });

    const record = run(xs);
    const weights = noise('weights', record.output.shape);
    const value = (inputs: tf.Tensor[]) => inner(doubles(run(inputs).output), doubles(weights));
    const signal = operation.delta ? operation.delta(record, weights) : weights;

    const step = 1e-3;
    const check = (
      what: string,
      gradient: tf.Tensor,
      at: tf.Tensor,
      evaluate: (moved: tf.Tensor) => number,
    ) => {
      expect(gradient.shape, what).toEqual(at.shape);
      const direction = noise(`direction ${what}`, at.shape);
      const moved = (by: number) => evaluate(tf.add(at, tf.mul(direction, by)));
      const numeric = (moved(step) - moved(-step)) / (2 * step);
      const exact = inner(doubles(gradient), doubles(direction));
      const scale = Math.sqrt(
        inner(doubles(gradient), doubles(gradient)) * inner(doubles(direction), doubles(direction)),
      );
      expect(
        Math.abs(numeric - exact) / Math.max(scale, 1e-3),
        `${what}: ${numeric} and ${exact}`,
      ).toBeLessThan(2e-3);
    };

    xs.forEach((x, index) => {
      check(`input ${index}`, operation.inputGradient(record, signal, index), x, (moved) =>
        value(xs.map((other, i) => (i === index ? moved : other))),
      );
    });
    // The way up is the transpose of the way down.
    const transposed = (what: string, up: tf.Tensor, change: tf.Tensor, down: tf.Tensor) => {
      expect(up.shape, what).toEqual(record.output.shape);
      const [left, right] = [inner(doubles(up), doubles(weights)), inner(doubles(change), doubles(down))];
      const scale = Math.sqrt(inner(doubles(up), doubles(up)) * inner(doubles(weights), doubles(weights)));
      expect(Math.abs(left - right) / Math.max(scale, 1e-3), what).toBeLessThan(1e-5);
    };
    xs.forEach((x, index) => {
      const change = noise(`change ${index}`, x.shape);
      const up = operation.tangent?.(record, change, index) as tf.Tensor;
      transposed(`tangent ${index}`, up, change, operation.inputGradient(record, weights, index));
    });
    const atWeights = operation.gradients?.(record, weights) ?? [];
    operation.parameters.forEach(({ name, variable }, i) => {
      const change = noise(`change of ${name}`, variable.shape);
      const alone = operation.parameters.map((_, j) => (i === j ? change : null));
      const up = operation.parameterTangent?.(record, alone) as tf.Tensor;
      transposed(`tangent by ${name}`, up, change, atWeights[i].compute());
    });
    if (operation.delta) {
      const change = noise('change of a', record.output.shape);
      const up = (operation.activationTangent ?? operation.delta)(record, change);
      transposed('tangent of the activation', up, change, signal);
    }
    const gradients = operation.gradients?.(record, signal) ?? [];
    operation.parameters.forEach(({ name, variable }, i) => {
      const start = tf.clone(variable);
      check(name, gradients[i].compute(), start, (moved) => {
        variable.assign(moved as never);
        return value(xs);
      });
      variable.assign(start as never);
    });
  });
});

describe('what is derived from the layer itself is what its adapter states', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });

  // Random; without a gradient in stock tfjs; wrong in stock tfjs where the axis is not the last; failing there.
  const incomparable = /Dropout|dilated|over the first axis|BatchNormalization without|centre and scale/;
  const comparable = cases.filter(([title]) => !incomparable.test(title));
  it.each(comparable.map(([title, ...rest]) => ({ title, rest })))('$title', ({ rest }) => {
    const [className, make, ...shapes] = rest;
    const model = modelOf(make, shapes);
    const closed = nodeIn(model, className).operation;
    const derived = nodeIn(model, className, { [className]: () => undefined }).operation;
    const rng = createRng(13);
    const noise = (name: string, shape: number[]) =>
      tf.tensor(rng.stream(name).normal(shape.reduce((size, dimension) => size * dimension, 1)), shape);
    const xs = shapes.map((shape, i) => noise(`input ${i}`, [3, ...shape]));
    const near = (found: tf.Tensor, expected: tf.Tensor, what: string) => {
      expect(found.shape, what).toEqual(expected.shape);
      const [a, b] = [doubles(found), doubles(expected)];
      const scale = Math.max(1e-3, ...b.map(Math.abs));
      expect(Math.max(0, ...a.map((value, i) => Math.abs(value - b[i]))) / scale, what).toBeLessThan(1e-4);
    };
    const training = { training: true, rng: () => rng };
    const [there, here] = [derived.forward(xs, training), closed.forward(xs, training)];
    near(there.output, here.output, 'output');
    const signal = noise('signal', here.output.shape);
    const delta = closed.delta?.(here, signal) ?? signal;
    const feedback = closed.kernel && noise('feedback', closed.kernel.variable.shape);
    expect(derived.kernel?.variable).toBe(closed.kernel?.variable);
    xs.forEach((x, index) => {
      near(
        derived.inputGradient(there, signal, index),
        closed.inputGradient(here, delta, index),
        `input ${index}`,
      );
      const change = noise('change', x.shape);
      // A derivative of a second order, which tfjs has for some of its kernels only.
      if (!closed.delta && !/Pool|Normalization|Activation|Depthwise|Separable/.test(className)) {
        const [up, expected] = [derived, closed].map((each, i) =>
          each.tangent?.([there, here][i], change, index),
        );
        near(up as tf.Tensor, expected as tf.Tensor, `tangent ${index}`);
      }
      if (!feedback) return;
      near(
        derived.inputGradient(there, signal, index, feedback),
        closed.inputGradient(here, delta, index, feedback),
        `input ${index} by feedback`,
      );
      // The weights are as they were.
      near(derived.inputGradient(there, signal, index), closed.inputGradient(here, delta, index), 'again');
    });
    const [found, expected] = [derived.gradients?.(there, signal), closed.gradients?.(here, delta)];
    closed.parameters.forEach(({ name, variable }, i) => {
      const place = derived.parameters.findIndex((each) => each.variable === variable);
      near((found ?? [])[place].compute(), (expected ?? [])[i].compute(), name);
    });
  });
});

it('has a case for every adapter', () => {
  const tested = new Set(cases.map(([, className]) => className));
  const missing = Object.keys(adapters).filter((name) => name !== 'InputLayer' && !tested.has(name));
  expect(missing).toEqual([]);
});
