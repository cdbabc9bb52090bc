// Convolutions and poolings over one, two and three dimensions against plain loops with the padding of Keras: strides
// beyond the window are among the shapes.
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
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

type Triple = [number, number, number];
type Padding = 'same' | 'valid';

/** Windows over a volume; images have a depth of one, sequences a height of one too. */
interface Windows {
  readonly dimensions: number;
  readonly batch: number;
  readonly size: Triple;
  readonly window: Triple;
  readonly strides: Triple;
  readonly padding: Padding;
  readonly channels: number;
  readonly filters: number;
  readonly seed: number;
}

const triple = (max: number) => fc.tuple(small(max), small(max), small(max));

const windows = (dimensions: number) =>
  fc
    .record({
      batch: small(2),
      size: triple(6),
      window: triple(3),
      strides: triple(4),
      padding: fc.constantFrom<Padding>('same', 'same', 'valid'),
      channels: small(3),
      filters: small(3),
      seed: seeds,
    })
    .map((given): Windows => {
      const unused = 3 - dimensions;
      const flat = (each: Triple) => each.map((value, axis) => (axis < unused ? 1 : value)) as Triple;
      const window = flat(given.window);
      const fits = (value: number, axis: number) =>
        given.padding === 'valid' ? Math.max(value, window[axis]) : value;
      const size = flat(given.size).map(fits) as Triple;
      return { ...given, dimensions, size, window, strides: flat(given.strides) };
    });

const placesOf = ({ size, window, strides, padding }: Windows) =>
  size.map((n, axis) =>
    padding === 'same' ? Math.ceil(n / strides[axis]) : Math.floor((n - window[axis]) / strides[axis]) + 1,
  ) as Triple;

/** Keras: ⌈n ⁄ s⌉ windows, and half of what they miss, rounded down, before the first element. */
const paddingBefore = ({ size, window, strides, padding }: Windows) =>
  size.map((n, axis) => {
    if (padding === 'valid') return 0;
    const missing = (Math.ceil(n / strides[axis]) - 1) * strides[axis] + window[axis] - n;
    return Math.floor(Math.max(missing, 0) / 2);
  }) as Triple;

/** Calls `visit` for each element of each window: the places of window, element and its place in the window, without channels. */
function everyElement(given: Windows, visit: (output: number, input: number, within: number) => void): void {
  const places = placesOf(given);
  const before = paddingBefore(given);
  const { size, window, strides } = given;
  const volume = size[0] * size[1] * size[2];
  let output = 0;
  for (let n = 0; n < given.batch; n++) {
    for (let d = 0; d < places[0]; d++) {
      for (let h = 0; h < places[1]; h++) {
        for (let w = 0; w < places[2]; w++, output++) {
          let within = 0;
          for (let i = 0; i < window[0]; i++) {
            for (let j = 0; j < window[1]; j++) {
              for (let k = 0; k < window[2]; k++, within++) {
                const at = [d, h, w].map(
                  (place, axis) => place * strides[axis] - before[axis] + [i, j, k][axis],
                );
                if (at.some((place, axis) => place < 0 || place >= size[axis])) continue;
                visit(output, n * volume + (at[0] * size[1] + at[1]) * size[2] + at[2], within);
              }
            }
          }
        }
      }
    }
  }
}

const spatial = ({ dimensions }: Windows, each: Triple) => each.slice(dimensions === 3 ? 0 : 1);
const inputShape = (given: Windows) => [given.batch, ...spatial(given, given.size), given.channels];
const outputShape = (given: Windows, channels: number) => [
  given.batch,
  ...spatial(given, placesOf(given)),
  channels,
];

/** Sums over all triples of an input, a weight and an output that a convolution joins: the output, or either gradient. */
function convolved(
  given: Windows,
  isDepthwise: boolean,
  of: 'output' | 'input' | 'kernel',
  x: Plain,
  kernel: Plain,
  y: Plain,
) {
  const { channels, filters } = given;
  const found = plain({ output: y, input: x, kernel }[of].shape);
  const outputs = isDepthwise ? channels * filters : filters;
  everyElement(given, (output, input, within) => {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) {
        const at = {
          input: input * channels + c,
          kernel: (within * channels + c) * filters + f,
          output: output * outputs + (isDepthwise ? c * filters + f : f),
        };
        const [a, b, signal] = [x.values[at.input], kernel.values[at.kernel], y.values[at.output]];
        found.values[at[of]] += of === 'output' ? a * b : of === 'input' ? signal * b : signal * a;
      }
    }
  });
  return found;
}

/** The outputs of a pooling, and the gradient by its input of ⟨signal, output⟩. */
function pooled(
  given: Windows,
  kind: 'Avg' | 'Max',
  x: Plain,
  signal: Plain,
): { output: Plain; gradient: Plain } {
  const { channels } = given;
  const [output, gradient] = [plain(signal.shape), plain(x.shape)];
  const elements = new Map<number, number[]>();
  everyElement(given, (to, input) => elements.set(to, [...(elements.get(to) ?? []), input]));
  for (const [to, members] of elements) {
    for (let c = 0; c < channels; c++) {
      const place = to * channels + c;
      const each = members.map((input) => input * channels + c);
      const largest = each.reduce((best, at) => (x.values[at] > x.values[best] ? at : best));
      for (const at of kind === 'Avg' ? each : [largest]) {
        const share = kind === 'Avg' ? 1 / each.length : 1;
        output.values[place] += share * x.values[at];
        gradient.values[at] += share * signal.values[place];
      }
    }
  }
  return { output, gradient };
}

const run = (name: string, inputs: tf.NamedTensorMap, attributes: object) =>
  tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;

interface Kernels {
  readonly forward: readonly string[];
  readonly input: string;
  readonly kernel: string;
  readonly isDepthwise?: boolean;
}
const images: Kernels = {
  forward: ['Conv2D', 'FusedConv2D'],
  input: 'Conv2DBackpropInput',
  kernel: 'Conv2DBackpropFilter',
};
const depthwise: Kernels = {
  forward: ['DepthwiseConv2dNative', 'FusedDepthwiseConv2D'],
  input: 'DepthwiseConv2dNativeBackpropInput',
  kernel: 'DepthwiseConv2dNativeBackpropFilter',
  isDepthwise: true,
};
const volumes: Kernels = {
  forward: ['Conv3D'],
  input: 'Conv3DBackpropInputV2',
  kernel: 'Conv3DBackpropFilterV2',
};

/** Of the rank that is asked for. */
const ones = (shape: number[]) => tf.ones(shape) as never;

const runs = { ...property, numRuns: 120 };

onEach((backend) => {
  it.each([
    ['convolutions over sequences', 1, images],
    ['convolutions over images', 2, images],
    ['depthwise convolutions', 2, depthwise],
    ['convolutions over volumes', 3, volumes],
  ] as const)('%s and their gradients', (_, dimensions, kernels) => {
    const isHere = (name: string) => tf.getKernel(name, backend) !== undefined;
    fc.assert(
      fc.property(windows(dimensions), (given) => {
        withoutLeaks(() => {
          const isDepthwise = Boolean(kernels.isDepthwise);
          const { channels, filters, seed, strides, padding } = given;
          const x = numbers(inputShape(given), seed);
          const filterShape = [...spatial(given, given.window), channels, filters];
          const kernel = numbers(filterShape, seed + 1);
          const signal = numbers(outputShape(given, isDepthwise ? channels * filters : filters), seed + 2);
          const steps = spatial(given, strides);
          const attributes = {
            strides: steps,
            pad: padding,
            dilations: steps.map(() => 1),
            dataFormat: dimensions === 3 ? 'NDHWC' : 'NHWC',
            inputShape: x.shape,
            filterShape,
            activation: 'linear',
          };
          const [tensor, filter, dy] = [x, kernel, signal].map(toTensor);
          for (const name of kernels.forward) {
            expectClose(
              run(name, { x: tensor, filter }, attributes),
              convolved(given, isDepthwise, 'output', x, kernel, signal),
            );
          }
          if (isHere(kernels.input)) {
            const expected = convolved(given, isDepthwise, 'input', x, kernel, signal);
            expectClose(run(kernels.input, { dy, filter }, attributes), expected);
          }
          if (isHere(kernels.kernel)) {
            const expected = convolved(given, isDepthwise, 'kernel', x, kernel, signal);
            expectClose(run(kernels.kernel, { x: tensor, dy }, attributes), expected);
          }
        });
      }),
      runs,
    );
  });

  it.each([
    ['Avg', 1],
    ['Avg', 2],
    ['Avg', 3],
    ['Max', 1],
    ['Max', 2],
    ['Max', 3],
  ] as const)('%sPool over %i dimensions and its gradient', (kind, dimensions) => {
    const name = `${kind}Pool${dimensions === 3 ? '3D' : ''}`;
    fc.assert(
      fc.property(windows(dimensions), fc.constantFrom(0, -10), (given, shift) => {
        withoutLeaks(() => {
          const x = numbers(inputShape(given), given.seed, shift);
          const signal = numbers(outputShape(given, given.channels), given.seed + 1);
          const attributes = {
            filterSize: spatial(given, given.window),
            strides: spatial(given, given.strides),
            pad: given.padding,
          };
          const expected = pooled(given, kind, x, signal);
          const input = toTensor(x);
          const output = run(name, { x: input }, attributes);
          expectClose(output, expected.output);
          expectClose(
            run(`${name}Grad`, { dy: toTensor(signal), input, output }, attributes),
            expected.gradient,
          );
        });
      }),
      runs,
    );
  });

  it('a transposed convolution of volumes has the gradients of what it is', () => {
    fc.assert(
      fc.property(windows(3), (given) => {
        const { channels, filters, seed, strides, padding } = given;
        withoutLeaks(() => {
          // The other way round: the signal is what goes in, and comes out as large as the convolution's input.
          const [x, kernel] = [
            numbers(inputShape(given), seed),
            numbers([...given.window, channels, filters], seed + 1),
          ];
          const signal = numbers(outputShape(given, filters), seed + 2);
          const transpose = (from: tf.Tensor, filter: tf.Tensor) =>
            tf.conv3dTranspose(
              from as tf.Tensor5D,
              filter as tf.Tensor5D,
              x.shape as never,
              strides,
              padding,
            );
          const [from, filter, dy] = [signal, kernel, x].map(toTensor);
          expectClose(transpose(from, filter), convolved(given, false, 'input', x, kernel, signal));
          const [byInput, byKernel] = tf.grads(transpose)([from, filter], dy);
          expectClose(byInput, convolved(given, false, 'output', x, kernel, signal));
          expectClose(byKernel, convolved(given, false, 'kernel', x, kernel, signal));
        });
      }),
      runs,
    );
  });

  it.each([
    ['conv2d', () => tf.conv2d(ones([1, 2, 2, 1]), ones([3, 3, 1, 1]), 1, 'valid'), '3×3', '2×2'],
    ['conv2d, too wide', () => tf.conv2d(ones([1, 5, 2, 1]), ones([3, 3, 1, 1]), 2, 'valid'), '3×3', '5×2'],
    [
      'conv2d, dilated',
      () => tf.conv2d(ones([1, 4, 4, 1]), ones([3, 3, 1, 1]), 1, 'valid', 'NHWC', 2),
      '5×5',
      '4×4',
    ],
    ['conv1d', () => tf.conv1d(ones([1, 2, 1]), ones([4, 1, 1]), 1, 'valid'), '1×4', '1×2'],
    [
      'fused conv2d',
      () =>
        tf.fused.conv2d({
          x: ones([1, 2, 2, 1]),
          filter: ones([3, 3, 1, 1]),
          strides: 1,
          pad: 'valid',
        }),
      '3×3',
      '2×2',
    ],
    ['depthwise', () => tf.depthwiseConv2d(ones([1, 2, 2, 1]), ones([3, 3, 1, 1]), 1, 'valid'), '3×3', '2×2'],
    ['avgPool', () => tf.avgPool(ones([1, 2, 2, 3]), 4, 1, 'valid'), '4×4', '2×2'],
    ['maxPool', () => tf.maxPool(ones([1, 2, 2, 3]), 4, 1, 'valid'), '4×4', '2×2'],
    ['maxPool, padding in numbers', () => tf.maxPool(ones([1, 2, 2, 3]), 5, 1, 1), '5×5', '2×2'],
    ['conv3d', () => tf.conv3d(ones([1, 4, 2, 4, 1]), ones([3, 3, 3, 1, 1]), 1, 'valid'), '3×3×3', '4×2×4'],
    ['avgPool3d', () => tf.avgPool3d(ones([1, 2, 2, 2, 1]), 3, 1, 'valid'), '3×3×3', '2×2×2'],
    ['maxPool3d', () => tf.maxPool3d(ones([1, 2, 2, 2, 1]), 3, 1, 'valid'), '3×3×3', '2×2×2'],
  ] as const)('%s: a window beyond the input is refused in one line', (_, compute, window, input) => {
    expect(() => tf.tidy(compute as never)).toThrow(
      `A window of ${window} does not fit into an input of ${input}`,
    );
  });

  it('a batch of nothing is none of a window’s business', () => {
    tf.tidy(() => {
      const x = tf.zeros([0, 4, 4, 1]) as tf.Tensor4D;
      const found = backend === 'cpu' ? tf.maxPool(x, 2, 2, 'valid').shape : [0, 2, 2, 1];
      expect(found).toEqual([0, 2, 2, 1]);
    });
  });
});
