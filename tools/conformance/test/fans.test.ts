import { useBackend } from '@feedalign/backend';
import { createRng, type Fans } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { GroupedDense } from '@feedalign/models';
import { type DistributionName, fa, frsf, usf } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await useBackend('cpu');
});

const window = { kernelSize: 3, padding: 'same' } as const;

/** The unit of this layer over a convolution that makes so many channels. */
function unitOf(layer: layers.Layer, channels: number, size = 4) {
  const first =
    size === 0
      ? layers.conv3d({ filters: channels, kernelSize: 1, inputShape: [4, 4, 4, 1] })
      : layers.conv2d({ filters: channels, kernelSize: 1, inputShape: [size, size, 1] });
  const model = sequential({
    layers: [first, layer, layers.flatten(), layers.dense({ units: 2 })] as layers.Layer[],
  });
  const network = trace(model);
  return { network, unit: network.units[1] };
}

it('a wrapper’s kernel has the fans of the layer that it wraps', () => {
  const inner = [
    layers.conv2dTranspose({ ...window, filters: 3 }),
    layers.depthwiseConv2d(window),
    layers.conv2d({ ...window, filters: 3 }),
  ];
  const found = inner.map((layer) => {
    const first = layers.timeDistributed({
      layer: layers.conv2d({ filters: 5, kernelSize: 1 }),
      inputShape: [2, 4, 4, 1],
    } as never);
    const model = sequential({
      layers: [
        first,
        layers.timeDistributed({ layer }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ] as layers.Layer[],
    });
    return trace(model).units[1].head.operation.fans;
  });
  expect(found).toEqual([{ fanIn: 45, fanOut: 27 }, { fanIn: 9, fanOut: 9 }, undefined]);
});

/** The root of the mean square of a matrix. */
const sizeOf = (matrix: tf.Tensor) => Math.sqrt(tf.mean(tf.square(matrix)).dataSync()[0]);
const close = (found: number, expected: number, entries: number) =>
  expect(Math.abs(found / expected - 1), `${found} for ${expected}`).toBeLessThan(4 / Math.sqrt(entries));

const cases: [string, () => layers.Layer, number, Fans, number?][] = [
  ...[16, 64, 256].map((channels): [string, () => layers.Layer, number, Fans] => [
    `depthwise, ${channels} channels`,
    () => layers.depthwiseConv2d(window),
    channels,
    { fanIn: 9, fanOut: 9 },
  ]),
  [
    'depthwise, three filters each',
    () => layers.depthwiseConv2d({ ...window, depthMultiplier: 3 }),
    16,
    { fanIn: 9, fanOut: 27 },
  ],
  [
    'depthwise, dilated',
    () => layers.depthwiseConv2d({ ...window, dilationRate: 2 } as never),
    16,
    { fanIn: 9, fanOut: 9 },
  ],
  ['separable', () => layers.separableConv2d({ ...window, filters: 8 }), 64, { fanIn: 9, fanOut: 9 }],
  ['transposed', () => layers.conv2dTranspose({ ...window, filters: 4 }), 32, { fanIn: 288, fanOut: 36 }],
  [
    'transposed in 3D',
    () => layers.conv3dTranspose({ kernelSize: 2, filters: 3 }),
    16,
    { fanIn: 128, fanOut: 24 },
    0,
  ],
  ['groups', () => new GroupedDense({ units: 48, groups: 4 }), 32, { fanIn: 8, fanOut: 12 }],
  ['plain', () => layers.conv2d({ ...window, filters: 4 }), 32, { fanIn: 288, fanOut: 36 }],
];

it.each(cases)(
  '%s: feedback has the fans of the kernel',
  (_what, layer, channels, { fanIn, fanOut }, size) => {
    const { network, unit } = unitOf(layer(), channels, size);
    const spread = (distribution: DistributionName) => {
      const state = fa({ distribution }).init(network, createRng(3));
      return state[unit.name] as tf.Tensor;
    };
    const deviations: [DistributionName, number][] = [
      ['uniform', 1 / Math.sqrt(3 * fanOut)],
      ['normal', 1 / Math.sqrt(fanOut)],
      ['xavier-uniform', Math.sqrt(2 / (fanIn + fanOut))],
      ['xavier-normal', Math.sqrt(2 / (fanIn + fanOut))],
      ['kaiming-uniform', Math.sqrt(2 / fanIn)],
      ['kaiming-normal', Math.sqrt(2 / fanIn)],
    ];
    for (const [name, expected] of deviations) {
      const matrix = spread(name);
      expect(matrix.shape).toEqual(unit.kernel?.variable.shape);
      close(sizeOf(matrix), expected, matrix.size);
    }
    const magnitudes = frsf().init(network, createRng(3))[unit.name] as tf.Tensor;
    close(sizeOf(magnitudes), Math.sqrt(2 / (fanIn + fanOut)), magnitudes.size);
    const uniform = usf().alignmentTarget?.(unit, {} as never) as tf.Tensor;
    expect(sizeOf(uniform)).toBeCloseTo(Math.sqrt(2 / (fanIn + fanOut)), 6);
  },
);

it.each([16, 256])(
  'orthogonal feedback of a depthwise kernel has each channel’s size, of %i channels',
  (channels) => {
    const { network, unit } = unitOf(layers.depthwiseConv2d(window), channels);
    const state = fa({ distribution: 'orthogonal' }).init(network, createRng(3));
    expect(sizeOf(state[unit.name] as tf.Tensor)).toBeCloseTo(1 / 3, 5);
  },
);

it.each([
  [8, 48],
  [96, 12],
])('orthogonal feedback of groups of %i inputs and %i units has each group’s size', (inputs, units) => {
  const { network, unit } = unitOf(new GroupedDense({ units: 4 * units, groups: 4 }), 4 * inputs);
  const state = fa({ distribution: 'orthogonal' }).init(network, createRng(3));
  expect(sizeOf(state[unit.name] as tf.Tensor)).toBeCloseTo(1 / Math.sqrt(Math.max(inputs, units)), 5);
});
