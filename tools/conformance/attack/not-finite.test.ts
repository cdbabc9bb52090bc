// A batch with a number that is none: the step changes nothing, bit for bit, and the next one goes on as if it had not been.
import { correctStockKernels } from '@feedalign/backend';
import { createRng, tensorsOf } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { type RuleName, rules } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { some } from '../src/attack/length.js';
import { bitsOf, networks } from '../src/attack/networks.js';
import { built, loss } from '../src/passes.js';
import { batchFor } from '../src/zoo.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  correctStockKernels();
  await tf.setBackend('wasm');
});
afterEach(async () => {
  tf.env().set('WASM_TRAINING_RECORDING', true);
  await tf.setBackend('wasm');
  tf.disposeVariables();
});

const optimizers: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adam: () => tf.train.adam(0.01),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5, undefined, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  adamax: () => tf.train.adamax(0.01),
};

type Batch = { x: tf.Tensor; y: tf.Tensor };
/** Puts a value into the middle of a tensor. */
const spoiled = (tensor: tf.Tensor, value: number) => {
  const values = Float32Array.from(tensor.dataSync());
  values[values.length >> 1] = value;
  return tf.tensor(values, tensor.shape);
};

type Step = (model: LayersModel, batch: Batch) => Promise<unknown>;
const good: Step = (model, { x, y }) => model.trainOnBatch(x, y);
/** Steps whose loss is not finite. */
const bad: Readonly<Record<string, Step>> = {
  'NaN in the inputs': (model, { x, y }) => model.trainOnBatch(spoiled(x, Number.NaN), y),
  'an infinity in the inputs': (model, { x, y }) =>
    model.trainOnBatch(spoiled(x, Number.POSITIVE_INFINITY), y),
  'NaN in the targets': (model, { x, y }) => model.trainOnBatch(x, spoiled(y, Number.NaN)),
  'an infinity in the targets': (model, { x, y }) =>
    model.trainOnBatch(x, spoiled(y, Number.NEGATIVE_INFINITY)),
  'NaN for a class': async (model, { x, y }) => {
    const classWeight = { 0: Number.NaN, 1: Number.NaN, 2: Number.NaN, 3: Number.NaN };
    await expect(model.fit(x, y, { classWeight, batchSize: 64, verbose: 0 })).rejects.toMatchObject({
      name: 'DivergedError',
      row: { within: 'data', part: 'sample weights' },
    });
  },
  'NaN in a weight': async (model, batch) => {
    const weight = model.getWeights()[0] as tf.Variable;
    const before = tf.clone(weight);
    const spoilt = spoiled(weight, Number.NaN);
    tf.tidy(() => model.setWeights(model.getWeights().map((each, i) => (i === 0 ? spoilt : each))));
    await good(model, batch);
    expect(bitsOf(model.getWeights()[0])).toBe(bitsOf(spoilt));
    tf.tidy(() => model.setWeights(model.getWeights().map((each, i) => (i === 0 ? before : each))));
  },
};

interface Trial {
  readonly network: string;
  readonly rule: RuleName;
  readonly optimizer: string;
}

async function steps({ network, rule, optimizer }: Trial, list: readonly Step[]) {
  const specimen = networks[network];
  const model = built(specimen);
  const own = optimizers[optimizer]();
  model.compile({ optimizer: own, loss });
  const handle = convert(model, rules[rule].make(), { seed: 3 });
  const batches = [1, 2, 3, 4, 5, 6].map((seed) => batchFor(specimen, createRng(seed)));
  const seen: Record<string, string>[] = [];
  let given = 0;
  for (const step of list) {
    await step(model, step === good ? batches[given++] : batches[0]);
    // tfjs' Adamax does not tell what it holds.
    const slots = optimizer === 'adamax' ? [] : await own.getWeights();
    seen.push(
      Object.fromEntries([
        ...model.weights.map((each, i) => [`weight ${i} ${named(each.originalName)}`, bitsOf(each.read())]),
        ...slots
          .filter(({ name }) => !/iter/.test(name))
          .map(({ name, tensor }, i) => [`slot ${i} ${named(name)}`, bitsOf(tensor)]),
        ...tensorsOf(handle.state).map(([path, tensor], i) => [
          `feedback ${i} ${named(path)}`,
          bitsOf(tensor),
        ]),
      ]),
    );
  }
  handle.revert();
  own.dispose();
  model.dispose();
  return seen;
}

/** A name without the number that tfjs gave it. */
const named = (name: string) => name.replaceAll(/\d+/g, '');
const different = (a: Record<string, string>, b: Record<string, string>) =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);

const trials: Trial[] = [
  ...Object.keys(optimizers).map((optimizer) => ({ network: 'dense', rule: 'fa' as const, optimizer })),
  ...(['bp', 'dfa', 'kp', 'dkp', 'drtp'] as const).map((rule) => ({
    network: 'residual with batch normalization',
    rule,
    optimizer: 'momentum',
  })),
  { network: 'dense', rule: 'wm', optimizer: 'sgd' },
  ...['conv with pooling', 'concatenation', 'depthwise, separable, transposed', 'attention'].map(
    (network, i) => ({
      network,
      rule: (['kp', 'bp', 'dkp', 'fa'] as const)[i],
      optimizer: ['sgd', 'adam', 'momentum', 'rmsprop'][i],
    }),
  ),
];
/** Where the first layer saturates, the loss of an infinite input is finite, by which the step is judged, and its gradient is not. */
const saturating = ['dense', 'conv with pooling', 'depthwise, separable, transposed'];
const isJudged = ({ network }: Trial, what: string) =>
  what !== 'an infinity in the inputs' || !saturating.includes(network);
const engines = [
  ['cpu', false],
  ['wasm', false],
  ['wasm', true],
] as const;

describe.each(engines)('%s, recorded: %s', (backend, recording) => {
  it.each(
    some(
      trials,
      3,
      engines.findIndex(([name, isRecorded]) => name === backend && isRecorded === recording),
    ).map((trial) => [Object.values(trial).join(', '), trial] as const),
  )('%s', async (_title, trial) => {
    await tf.setBackend(backend);
    tf.env().set('WASM_TRAINING_RECORDING', recording);
    const all = Object.entries(bad).filter(([what]) => isJudged(trial, what));
    const kinds = some(all, 3, trials.indexOf(trial));
    for (const [what, spoil] of kinds) {
      // Before there are accumulators, and when the step is recorded.
      const first = await steps(trial, [good, good, good, spoil, good]);
      const plain = await steps(trial, [good, good, good, good]);
      expect([what, different(first[3], first[2])]).toEqual([what, []]);
      const countsSteps = ['adam', 'adamax'].includes(trial.optimizer) || trial.rule === 'wm';
      if (!countsSteps) expect([what, different(first[4], plain[3])]).toEqual([what, []]);
      const early = await steps(trial, [spoil, good]);
      const [once] = await steps(trial, [good]);
      if (!countsSteps) expect([what, 'at first', different(early[1], once)]).toEqual([what, 'at first', []]);
    }
  });
});
