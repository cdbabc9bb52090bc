// `train` and a converted model's `fit` take one and the same step: the same weights for the same data and seed, bit for bit.
import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import type { Examples } from '@feedalign/datasets';
import { convert, trace } from '@feedalign/layers';
import { adam, sgd } from '@feedalign/optim';
import { type RuleName, rules } from '@feedalign/rules';
import { train } from '@feedalign/train';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, describe, expect, it } from 'vitest';

afterAll(() => tf.disposeVariables());

const classes = 3;
const count = 22;
const values = createRng(3).normal(count * 8);
const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7 + (i >> 2)) % classes);
const examples: Examples = {
  count,
  inputShape: [8],
  classes,
  inputs: values,
  labels,
  scale: [1],
  offset: [0],
};

/** 8-7-5-3 with dropout and normalization, the same weights each time. */
function model(): LayersModel {
  const made = sequential({
    layers: [
      layers.dense({ units: 7, activation: 'tanh', inputShape: [8] }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 5 }),
      layers.batchNormalization({}),
      layers.activation({ activation: 'sigmoid' }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  tf.tidy(() => {
    const rng = createRng(11);
    const weights = made
      .getWeights()
      .map(({ shape, size }, i) => tf.tensor(rng.stream(i).uniform(size, 0.1, 0.9), shape));
    made.setWeights(weights);
  });
  return made;
}

const weightsOf = (made: LayersModel) => made.getWeights().map((weight) => [...weight.dataSync()]);

async function byTrain(rule: RuleName, seed: number, optimizer: 'sgd' | 'adam') {
  const made = model();
  const own = {
    sgd: () => sgd({ learningRate: 0.1 }),
    adam: () => adam({ learningRate: 0.01, epsilon: 1e-7 }),
  };
  const options = { seed, epochs: 3, batchSize: 6, optimizer: own[optimizer]() };
  for await (const _ of train(trace(made), rules[rule].make(), { train: examples }, options)) void _;
  return weightsOf(made);
}

async function byFit(rule: RuleName, seed: number, optimizer: 'sgd' | 'adam', shuffle?: 'tfjs') {
  const made = model();
  const own = { sgd: () => tf.train.sgd(0.1), adam: () => tf.train.adam(0.01, 0.9, 0.999, 1e-7) };
  made.compile({ optimizer: own[optimizer](), loss: 'categoricalCrossentropy' });
  convert(made, rules[rule].make(), { seed, shuffle });
  const x = tf.tensor2d(values, [count, 8]);
  // As tfjs makes them: whole numbers.
  const y = tf.oneHot(tf.tensor1d([...labels], 'int32'), classes);
  await made.fit(x, y, { epochs: 3, batchSize: 6, verbose: 0 });
  return weightsOf(made);
}

for (const backend of ['wasm', 'cpu'] as const satisfies BackendName[]) {
  describe(`on ${backend}`, () => {
    for (const rule of Object.keys(rules) as RuleName[]) {
      it(`${rule}: train and fit give the same weights, bit for bit; another seed gives others`, async () => {
        await useBackend(backend);
        const trained = await byTrain(rule, 5, 'sgd');
        expect(await byFit(rule, 5, 'sgd')).toEqual(trained);
        expect(await byFit(rule, 6, 'sgd')).not.toEqual(trained);
      });
    }

    it('under Adam too', async () => {
      await useBackend(backend);
      expect(await byFit('dfa', 5, 'adam')).toEqual(await byTrain('dfa', 5, 'adam'));
    });
  });
}

it('fit shuffles by the seed, twice the same; as tfjs does where it is told to', async () => {
  await useBackend('wasm');
  expect(await byFit('fa', 2, 'sgd')).toEqual(await byFit('fa', 2, 'sgd'));
  expect(await byFit('fa', 2, 'sgd', 'tfjs')).not.toEqual(await byFit('fa', 2, 'sgd', 'tfjs'));
});
