// Blocks that learn early, and directions that the forward pass takes along: the numbers of a whole pass, in less memory.
import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule, type Optimizer, parametersOf, planStages } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { lossesFor } from '@feedalign/losses';
import { adam, chain, clipByGlobalNorm, fromTfjs, scaleByLearningRate, sgd } from '@feedalign/optim';
import { type AnyRule, bp, dfa, fa, fga, fgw, kp, local, wm } from '@feedalign/rules';
import { startSteps } from '@feedalign/step';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFull } from '../src/attack/length.js';
import { built, weightsOf } from '../src/passes.js';
import { batchFor, type Specimen, zoo } from '../src/zoo.js';

afterEach(() => tf.disposeVariables());

type Given = { readonly x: tf.Tensor; readonly y: tf.Tensor };

/** Steps of a model by a rule, whole where somebody looks. */
function learner(model: LayersModel, rule: AnyRule, optimizer: Optimizer) {
  const network = trace(model);
  const steps = startSteps(network, rule as FeedbackRule, { rng: createRng(3) });
  const memory = optimizer.init([
    ...parametersOf(network).filter((parameter) => parameter.trainable),
    ...steps.feedback,
  ]);
  const stepper = steps.under({
    losses: lossesFor(network, 'categoricalCrossentropy'),
    optimizer,
    memory,
  });
  return {
    explained: stepper.explained,
    take: ({ x, y }: Given, isSeen = false) =>
      tf.tidy(
        () =>
          stepper
            .take({ inputs: [x], targets: [y] }, { observers: isSeen ? [() => {}] : [] })
            .loss.dataSync()[0],
      ),
    dispose: () => {
      stepper.dispose();
      steps.dispose();
      optimizer.dispose(memory);
    },
  };
}

const optimizers: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => sgd({ learningRate: 0.02 }) as Optimizer,
  adam: () => adam({ learningRate: 0.01 }) as Optimizer,
  "tfjs' momentum": () => fromTfjs(tf.train.momentum(0.02, 0.9)) as Optimizer,
  "tfjs' adam": () => fromTfjs(tf.train.adam(0.01)) as Optimizer,
};

/** The losses of some steps, and the weights after them. */
function run(specimen: Specimen, rule: AnyRule, optimizer: Optimizer, isSeen: boolean) {
  const model = built(specimen);
  const batch = batchFor(specimen, createRng(2), 6);
  const { take, dispose } = learner(model, rule, optimizer);
  // The second is the first that can be recorded.
  for (let step = 0; step < 2; step++) take(batch, isSeen);
  const before = tf.memory().numTensors;
  const told = Array.from({ length: isFull ? 20 : 2 }, () => take(batch, isSeen));
  expect(tf.memory().numTensors).toBe(before);
  dispose();
  return { told, weights: weightsOf(model) };
}

const early: readonly (readonly [string, AnyRule])[] = [
  ['bp', bp()],
  ['bp by both losses', bp()],
  ['fa', fa()],
  ['kp', kp()],
  ['dfa', dfa()],
  ['fg-a', fga()],
  ['fg-w in two directions', fgw({ directions: 2 })],
].map(([name, rule]) => [
  name as string,
  local(rule as AnyRule, { early: true, ...(name === 'bp by both losses' && { loss: 'both' }) }),
]);
const rules: readonly (readonly [string, AnyRule])[] = [
  ...early.map(([name, rule]) => [`local(${name})`, rule] as const),
  ['fg-w', fgw({ noise: 'rademacher', directions: 2 })],
  ['fg-w, outputs too', fgw({ outputs: 'noise' })],
];
/** A layer that two blocks call. */
const isShared = (name: string) => name.includes('called twice');

describe.each<BackendName>(['cpu', 'wasm'])('on %s', (backend) => {
  beforeEach(async () => {
    await useBackend(backend);
  });

  describe.each(Object.keys(zoo))('%s', (network) => {
    // In short, each has every second network on one of the backends, and the others on the other.
    const turn = (backend === 'cpu' ? 0 : 1) + Object.keys(zoo).indexOf(network);
    it.each(rules.filter((_, i) => isFull || (i + turn) % 2 === 0))(
      '%s: the bits of a whole pass, told losses too',
      (name, rule) => {
        const make = Object.values(optimizers)[rules.findIndex(([each]) => each === name) % 4];
        if (isShared(network) && name.startsWith('local')) {
          expect(() => run(zoo[network], rule, make(), false)).toThrow(
            /share weights, but are in two blocks/,
          );
          return;
        }
        expect(run(zoo[network], rule, make(), false)).toEqual(run(zoo[network], rule, make(), true));
      },
    );
  });

  /** The most bytes of tensors that a computed step has beside what was there before. */
  const peak = async (depth: number, rule: AnyRule) => {
    const model = sequential({
      layers: Array.from({ length: depth }, (_, i) =>
        layers.dense({ units: 16, activation: 'relu', ...(i === 0 && { inputShape: [16] }) }),
      ).concat(layers.dense({ units: 4, activation: 'softmax' })),
    });
    const x = tf.ones([128, 16]);
    const y = tf.cast(tf.oneHot(tf.zeros([128], 'int32'), 4), 'float32');
    const { take, dispose } = learner(
      model,
      { ...rule, pure: false },
      sgd({ learningRate: 0.1 }) as Optimizer,
    );
    take({ x, y });
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => {
      take({ x, y });
    });
    dispose();
    return peakBytes - before;
  };

  it('memory does not grow with depth, where that of backpropagation does', async () => {
    for (const rule of [local(fga(), { early: true }), local(bp(), { early: true }), fgw()]) {
      expect(await peak(20, rule)).toBeLessThan(1.25 * (await peak(2, rule)));
    }
    expect(await peak(20, bp())).toBeGreaterThan(4 * (await peak(2, bp())));
    expect(await peak(20, local(fga()))).toBeGreaterThan(4 * (await peak(2, local(fga()))));
  });

  it('where a block’s loss is not finite, those below have learned, and it is told', () => {
    const model = sequential({
      layers: [
        layers.dense({ units: 5, activation: 'tanh', inputShape: [4] }),
        layers.dense({ units: 5, activation: 'relu' }),
        layers.dense({ units: 5, activation: 'relu' }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    const strange = model.layers[1].getWeights()[0].arraySync() as number[][];
    strange[0][0] = Number.NaN;
    model.layers[1].setWeights([tf.tensor(strange), tf.zeros([5])]);
    const x = tf.randomNormal([6, 4], 0, 1, 'float32', 1);
    const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');
    const values = () => model.layers.map((layer) => layer.getWeights().map((each) => [...each.dataSync()]));
    for (const pure of [true, false]) {
      const { take, dispose } = learner(model, { ...local(bp(), { early: true }), pure }, optimizers.adam());
      for (let step = 0; step < 3; step++) {
        const before = values();
        expect(take({ x, y })).toBeNaN();
        const after = values();
        expect(after[0]).not.toEqual(before[0]);
        expect(after.slice(1)).toEqual(before.slice(1));
      }
      dispose();
    }
  });
});

describe('refused', () => {
  beforeEach(async () => {
    await useBackend('cpu');
  });
  const plain = () => built(zoo.dense);
  const rule = local(bp(), { early: true });

  it.each<[string, () => unknown, RegExp]>([
    [
      'clipping by a common norm',
      () => learner(plain(), rule, chain(clipByGlobalNorm(1), scaleByLearningRate(1)) as Optimizer),
      /optimizer 'chain' takes the gradients of all/,
    ],
    [
      'the same before another',
      () => learner(plain(), rule, clipByGlobalNorm(1)(sgd({ learningRate: 1 })) as Optimizer),
      /'sgd' takes the gradients of all/,
    ],
    [
      'an optimizer of tfjs that steps by itself',
      () => learner(plain(), rule, fromTfjs(tf.train.rmsprop(1)) as Optimizer),
      /takes the gradients of all/,
    ],
    [
      'feedback that learns',
      () => local(wm(), { early: true }),
      /feedback of the rule 'wm' learns by itself/,
    ],
    ['a loss of all blocks', () => local(bp(), { early: true, stops: false }), /without stops/],
    ['a word for yes', () => local(bp(), { early: 'yes' as never }), /early/],
  ])('%s', (_, make, words) => {
    expect(make).toThrow(words);
  });

  it('a stage that takes what a later one has inside', () => {
    const model = built(zoo.dense);
    const network = trace(model);
    const [a, b, c] = network.units;
    const stages = [
      { units: [a, c], end: c.end },
      { units: [b], end: b.end },
    ];
    expect(() => planStages(network, stages)).toThrow(/takes what '.*' makes inside a block that ends later/);
  });
});
