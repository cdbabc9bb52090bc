// Forward gradients against backpropagation: their mean is its gradient, their variance what the paper's table says.
import { type BackendName, useBackend } from '@feedalign/backend';
import {
  createPass,
  createRng,
  type FeedbackRule,
  forward,
  heldTree,
  type Network,
  type Parameter,
  parametersIn,
  type Unit,
} from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { evaluate, lossesFor } from '@feedalign/losses';
import { localMixer, localMixerBlocks } from '@feedalign/models';
import {
  type AnyRule,
  activityForwardGradient,
  bp,
  type LocalOptions,
  local,
  weightForwardGradient,
} from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../src/attack/length.js';
import { type Batch, built, loss } from '../src/passes.js';
import { batchFor, type Specimen, zoo } from '../src/zoo.js';

afterEach(() => tf.disposeVariables());

/** At length: every estimator on every specimen, and the means known twice as well. */
const knownTo = isFull ? 1 / 80 : 1 / 30;

type Values = ReadonlyMap<Parameter, Float32Array>;

/** The gradient of every parameter by a rule, over as many steps as differ by nothing but the rule's random numbers. */
function* gradients(network: Network, { x, y }: Batch, rule: AnyRule, steps: number): Generator<Values> {
  const state = heldTree(() => rule.init(network, createRng(5)));
  for (let step = 0; step < steps; step++) {
    const found = new Map<Parameter, Float32Array>();
    tf.tidy(() => {
      const record = forward(network, [x], { training: true, rng: createRng(3), settles: 'later' });
      const objective = evaluate(record, { losses: lossesFor(network, loss), targets: [y] });
      const pass = createPass(record, objective, rule as FeedbackRule, state as never, {
        rng: createRng(4).stream(step),
      });
      for (const { parameter, gradient } of pass.gradients()) {
        found.set(parameter, gradient.compute().dataSync() as Float32Array);
      }
    });
    yield found;
  }
}

/** ⟨estimate, g⟩/⟨g, g⟩ over the parameters of hidden units, step by step, until the mean is known well: its mean. */
function slope(network: Network, batch: Batch, rule: AnyRule, truth: AnyRule = bp()): number {
  const [exact] = gradients(network, batch, truth, 1);
  const hidden = network.units.filter(({ isOutput }) => !isOutput).flatMap(parametersIn);
  const parameters = [...new Set(hidden)].filter((parameter) => exact.has(parameter));
  const squares = sum(parameters, (parameter) => inner(exact.get(parameter), exact.get(parameter)));
  let [count, mean, spread] = [0, 0, 0];
  for (const found of gradients(network, batch, rule, 4000)) {
    const each = sum(parameters, (parameter) => inner(found.get(parameter), exact.get(parameter))) / squares;
    count++;
    const before = each - mean;
    mean += before / count;
    spread += before * (each - mean);
    if (count > 15 && Math.sqrt(spread) / count < knownTo) return mean;
  }
  throw new Error('the mean of the estimates is not known well enough');
}

const sum = <T>(items: readonly T[], of: (item: T) => number) =>
  items.reduce((total, item) => total + of(item), 0);
function inner(a?: Float32Array, b?: Float32Array): number {
  if (!a || !b) throw new Error('a parameter has no gradient');
  return a.reduce((total, value, i) => total + value * b[i], 0);
}

const specimens: Record<string, Specimen> = {
  dense: zoo.dense,
  'conv with pooling': zoo['conv with pooling'],
  'a model in a model, a layer called twice': zoo['a model in a model, a layer called twice'],
  attention: zoo.attention,
};

describe.each<BackendName>(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const estimators: [string, AnyRule][] = [
    ['fg-a', activityForwardGradient({ directions: 20 })],
    ['fg-w', weightForwardGradient({ directions: 40 })],
    ['fg-a by signs', activityForwardGradient({ directions: 20, noise: 'rademacher' })],
    ['fg-a at outputs', activityForwardGradient({ directions: 20, place: 'output' })],
    ['fg-a unmasked', activityForwardGradient({ directions: 20, masked: false })],
    ['fg-a, shared by a batch', activityForwardGradient({ directions: 20, shared: true })],
    ['fg-w of outputs too', weightForwardGradient({ directions: 40, outputs: 'noise' })],
  ];
  const here = Object.entries(specimens).slice(0, backend === 'cpu' || !isFull ? 1 : undefined);
  describe.each(here)('%s', (name, specimen) => {
    it.each(isFull || name === 'dense' ? estimators : estimators.slice(0, 2))(
      '%s has the gradient of backpropagation for its mean',
      (_rule, rule) => {
        const network = trace(built(specimen));
        const batch = batchFor(specimen, createRng(2));
        expect(Math.abs(slope(network, batch, rule) - 1)).toBeLessThan(4 * knownTo);
      },
    );
  });

  /** Two blocks over places and channels, of which the second has a layer that mixes channels. */
  const places: Specimen = {
    inputShape: [4, 3],
    classes: 4,
    build: () =>
      sequential({
        layers: [
          layers.dense({ name: 'one', units: 6, activation: 'relu', inputShape: [4, 3] }),
          layers.dense({ name: 'two', units: 5 }),
          layers.layerNormalization(),
          layers.activation({ activation: 'tanh' }),
          layers.dense({ name: 'three', units: 6, activation: 'relu' }),
          layers.globalAveragePooling1d({}),
          layers.dense({ units: 4, activation: 'softmax' }),
        ],
      }),
  };
  const inBlocks: LocalOptions = { blocks: [['one'], ['two', 'three']] };
  const locals: [string, AnyRule, LocalOptions][] = [
    ['fg-a', activityForwardGradient({ directions: 20 }), inBlocks],
    ['fg-w', weightForwardGradient({ directions: 20 }), inBlocks],
    ['fg-a without stops', activityForwardGradient({ directions: 20 }), { ...inBlocks, stops: false }],
    ['fg-a by groups and patches', activityForwardGradient(), { ...inBlocks, groups: 3, patches: true }],
    [
      'fg-a of likenesses',
      activityForwardGradient({ directions: 20 }),
      { ...inBlocks, loss: 'both', groups: 2, patches: true },
    ],
  ];
  it.each(isFull || backend === 'wasm' ? locals : locals.slice(0, 1))(
    'local(%s) has the gradient of local(bp) for its mean',
    (_name, rule, options) => {
      const network = trace(built(places));
      const batch = batchFor(places, createRng(2));
      const found = slope(network, batch, local(rule, options), local(bp(), options));
      expect(Math.abs(found - 1)).toBeLessThan(4 * knownTo);
    },
  );

  it('local(fg-a by groups and patches) has it too in a mixer, whose layers reach groups, patches or all', () => {
    const shape = { inputShape: [4, 4, 1], classes: 4 };
    const build = () => localMixer({ ...shape, channels: 8, patches: 2, groups: 2, blocks: 2, seed: 1 });
    const options: LocalOptions = { blocks: localMixerBlocks(2), groups: 2, patches: true };
    const rule = local(activityForwardGradient({ directions: 20 }), options);
    const found = slope(trace(build()), batchFor(shape, createRng(2)), rule, local(bp(), options));
    expect(Math.abs(found - 1)).toBeLessThan(4 * knownTo);
  });

  it('noise that is weighed by the parts that it reaches varies less', () => {
    const network = trace(built(places));
    const batch = batchFor(places, createRng(2));
    const spread = (options: LocalOptions) => {
      const estimates = [
        ...gradients(network, batch, local(activityForwardGradient(), { ...inBlocks, ...options }), 200),
      ];
      return ['one', 'two', 'three'].map((name) => {
        const { kernel } = network.units.find((unit) => unit.name === name) as Unit;
        const values = estimates.map((found) => found.get(kernel as Parameter) as Float32Array);
        return varianceOf(values);
      });
    };
    const [whole, byPatches, byBoth] = [{}, { patches: true }, { groups: 3, patches: true }].map(spread);
    expect(byPatches[0]).toBeLessThan(0.6 * whole[0]);
    expect(byPatches[1]).toBeLessThan(0.6 * whole[1]);
    expect(byBoth[0]).toBeLessThan(0.7 * byPatches[0]);
    expect(byBoth[2]).toBeLessThan(0.9 * byPatches[2]);
  });
});

/** The mean variance of the numbers over draws. */
function varianceOf(draws: readonly Float32Array[]): number {
  const [size, count] = [draws[0].length, draws.length];
  let total = 0;
  for (let i = 0; i < size; i++) {
    const values = draws.map((draw) => draw[i]);
    const middle = sum(values, (value) => value) / count;
    total += sum(values, (value) => (value - middle) ** 2) / (count - 1);
  }
  return total / size;
}
