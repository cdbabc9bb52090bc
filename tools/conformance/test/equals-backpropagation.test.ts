// Where feedback is the weights, or follows them, a rule is backpropagation.
import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule } from '@feedalign/core';
import type { Examples } from '@feedalign/datasets';
import { convert, trace } from '@feedalign/layers';
import { adam, adamw, clipByGlobalNorm, rmsprop, sgd } from '@feedalign/optim';
import { type AnyRule, bp, fa, frsf, kp, usf, wm } from '@feedalign/rules';
import { train } from '@feedalign/train';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  regularizers,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { built, distance, gradientsOf, loss } from '../src/passes.js';
import { batchFor, type Specimen, zoo } from '../src/zoo.js';

afterEach(() => tf.disposeVariables());

const classes = 4;

/** One layer called twice, with a regularizer. */
const sharing: Specimen = {
  inputShape: [6],
  classes,
  build: () => {
    const x = input({ shape: [6] });
    const first = layers.dense({ units: 6, activation: 'tanh' });
    const shared = layers.dense({
      units: 6,
      activation: 'tanh',
      kernelRegularizer: regularizers.l2({ l2: 0.01 }),
    });
    const hidden = shared.apply(shared.apply(first.apply(x))) as SymbolicTensor;
    const outputs = layers.dense({ units: classes, activation: 'softmax' }).apply(hidden) as SymbolicTensor;
    return functional({ inputs: x, outputs });
  },
};
const specimens = { ...zoo, 'a layer called twice': sharing };

describe.each<BackendName>(['wasm', 'cpu'])('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  describe.each(Object.entries(specimens))('%s', (_name, specimen) => {
    const weights = 'weights' as const;
    it.each<[string, AnyRule]>([
      ['fa', fa({ distribution: weights })],
      ['frsf', frsf({ distribution: weights })],
      ['kp', kp({ distribution: weights })],
      ['wm', wm({ distribution: weights, phases: 0 })],
    ])('%s with B := W has the gradients of BP', (_rule, rule) => {
      const network = trace(built(specimen));
      const batch = batchFor(specimen, createRng(2));
      const exact = gradientsOf(network, batch, bp());
      const found = gradientsOf(network, batch, rule);
      for (const [name, gradient] of exact) {
        expect(distance(found.get(name) as tf.Tensor, gradient), name).toBeLessThan(1e-5);
      }
    });

    it('usf has them where all weights of a kernel have its one size', () => {
      const network = trace(built(specimen));
      const batch = batchFor(specimen, createRng(2));
      for (const { kernel, head } of network.units) {
        const variable = kernel?.variable as tf.Variable;
        if (!variable) continue;
        const { shape } = variable;
        // The first axis of a dense kernel of groups is no window.
        const before = head.className === 'GroupedDense' ? [] : shape.slice(0, -2);
        const window = before.reduce((size, dimension) => size * dimension, 1);
        // A channel's filters see that channel alone.
        const inputs = kernel?.name.endsWith('/depthwise_kernel') ? 1 : shape.slice(-2)[0];
        const size = Math.sqrt(2 / (window * (inputs + shape.slice(-1)[0])));
        variable.assign(tf.mul(tf.sign(variable), size));
      }
      const exact = gradientsOf(network, batch, bp());
      const found = gradientsOf(network, batch, usf());
      for (const [name, gradient] of exact) {
        expect(distance(found.get(name) as tf.Tensor, gradient), name).toBeLessThan(1e-5);
      }
    });
  });
});

/** Backpropagation whose kernels above others decay as Kolen and Pollack's do. */
const decaying = (decay: number): FeedbackRule<null> => ({
  ...bp(),
  updates: (unit, updates) =>
    updates.map((update) =>
      update.parameter === unit.kernel && unit.below.length > 0 ? { ...update, decay } : update,
    ),
});

const expectNear = (a: LayersModel, b: LayersModel) => {
  b.getWeights().forEach((weight, i) => {
    expect(distance(a.getWeights()[i], weight), b.weights[i].originalName).toBeLessThan(1e-4);
  });
};

describe('Kolen–Pollack that starts as W stays backpropagation', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });
  const begins = { distribution: 'weights' } as const;

  describe.each(Object.entries(specimens))('%s', (_name, specimen) => {
    it.each([
      ['sgd', () => tf.train.sgd(0.1)],
      ['momentum', () => tf.train.momentum(0.05, 0.9)],
      ['adam', () => tf.train.adam(0.01)],
      ['rmsprop', () => tf.train.rmsprop(0.01, 0.9, 0, 1e-3)],
      ['adagrad', () => tf.train.adagrad(0.05)],
    ])("in convert under tfjs' %s, with decay and without", async (_optimizer, optimizer) => {
      const { x, y } = batchFor(specimen, createRng(2));
      for (const decay of [0, 0.01]) {
        const [exact, found] = [built(specimen), built(specimen)];
        for (const model of [exact, found]) model.compile({ optimizer: optimizer(), loss });
        convert(exact, decaying(decay), { seed: 5 });
        const handle = convert(found, kp({ ...begins, decay }), { seed: 5 });
        for (let step = 0; step < 6; step++) {
          await exact.trainOnBatch(x, y);
          await found.trainOnBatch(x, y);
        }
        expectNear(found, exact);
        for (const { name, kernel } of handle.network.units) {
          const feedback = handle.state[name];
          if (feedback) expect(distance(feedback, kernel?.variable as tf.Tensor), name).toBeLessThan(1e-4);
        }
      }
    });
  });

  const examples = (): Examples => ({
    count: 40,
    inputShape: [9],
    classes,
    inputs: Uint8Array.from(createRng(1).uniform(40 * 9, 0, 256)),
    labels: Uint8Array.from(createRng(2).uniform(40, 0, classes)),
    scale: [1 / 255],
    offset: [-0.5],
  });

  it.each([
    ['sgd', () => sgd({ learningRate: 0.1 })],
    ['sgd after Nesterov', () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
    ['rmsprop', () => rmsprop({ learningRate: 0.01, epsilon: 1e-3 })],
    ['adam', () => adam({ learningRate: 0.01 })],
    ['adamw', () => adamw({ learningRate: 0.01, weightDecay: 0.1 })],
    ['sgd that is clipped', () => clipByGlobalNorm(0.05)(sgd({ learningRate: 0.1 }))],
  ])('in train under %s', async (_optimizer, optimizer) => {
    for (const decay of [0, 0.01]) {
      const run = async (rule: AnyRule) => {
        const model = built(zoo.dense);
        const options = { optimizer: optimizer(), epochs: 2, batchSize: 8 };
        for await (const _ of train(trace(model), rule, { train: examples() }, options));
        return model;
      };
      expectNear(await run(kp({ ...begins, decay })), await run(decaying(decay)));
    }
  });

  it('and started elsewhere comes towards W, by its decay in each step', async () => {
    const { x, y } = batchFor(zoo.dense, createRng(2));
    const model = built(zoo.dense);
    model.compile({ optimizer: tf.train.adam(0.01), loss });
    const { network, state } = convert(model, kp({ decay: 0.1 }));
    const gaps = () =>
      network.units
        .slice(1)
        .map(({ name, kernel }) => tf.norm(tf.sub(state[name], kernel?.variable as tf.Tensor)).dataSync()[0]);
    const before = gaps();
    for (let step = 0; step < 10; step++) await model.trainOnBatch(x, y);
    gaps().forEach((gap, i) => void expect(gap / before[i]).toBeCloseTo(0.9 ** 10, 4));
  });
});
