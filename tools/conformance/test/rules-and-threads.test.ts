// Each rule by one thread and by two, every kernel divided: the same bits; and a hundred steps keep no tensor.
import '../../../packages/wasm-training/test/every-kernel-divided.js';
import { useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { type AnyRule, bp, fga, fgw, guess, local, type RuleName, rules } from '@feedalign/rules';
import { setThreads, trainingEngine } from '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { built, loss, weightsOf } from '../src/passes.js';
import { batchFor, zoo } from '../src/zoo.js';

beforeAll(async () => {
  await useBackend('wasm');
});
afterEach(() => tf.disposeVariables());

const specimen = zoo['conv with pooling'];
const steps = 100;

async function trained(rule: AnyRule, threads: number) {
  setThreads(threads);
  expect(trainingEngine()?.threads).toBe(threads);
  const model = built(specimen);
  model.compile({ optimizer: tf.train.momentum(0.005, 0.9), loss });
  const handle = convert(model, rule, { seed: 3 });
  const { x, y } = batchFor(specimen, createRng(2), 6);
  let tensors = 0;
  for (let step = 0; step < steps; step++) {
    await model.trainOnBatch(x, y);
    if (step === 3) tensors = tf.memory().numTensors;
  }
  expect(tf.memory().numTensors).toBe(tensors);
  const weights = weightsOf(model).map((values) => Array.from(values));
  handle.revert();
  return weights;
}

const all: [string, AnyRule][] = [
  ...(Object.keys(rules) as RuleName[]).map((name): [string, AnyRule] => [
    name,
    rules[name](name === 'wm' ? { phases: 3, batch: 16 } : {}),
  ]),
  ['guess of weights, heads redrawn', guess({ space: 'weights', head: 'random' })],
  ['signs in two directions', fga({ noise: 'rademacher', directions: 2 })],
  ['local(bp) by both losses', local(bp(), { loss: 'both' })],
  ['local(fg-a) by places', local(fga(), { patches: true })],
  ['local(fg-w) without stops', local(fgw(), { stops: false })],
];
it.each(all)('%s', async (_name, rule) => {
  expect(await trained(rule, 2)).toEqual(await trained(rule, 1));
});
