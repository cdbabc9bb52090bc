// Results that somebody keeps stay as they are, and inputs and targets may be of any type of numbers.
import { useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { type RuleName, rules } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { some } from '../src/attack/length.js';
import { apart, bitsOf, networks } from '../src/attack/networks.js';
import { built, loss, weightsOf } from '../src/passes.js';
import { batchFor } from '../src/zoo.js';

afterEach(async () => {
  tf.env().set('WASM_TRAINING_RECORDING', true);
  tf.disposeVariables();
  await useBackend('wasm');
});

it.each(some(Object.keys(networks), 2))('predictions and targets that a metric keeps: %s', async (name) => {
  await useBackend('wasm');
  const kept: { tensor: tf.Tensor; bits: string }[] = [];
  const keeps = (targets: tf.Tensor, predictions: tf.Tensor) => {
    for (const each of [targets, predictions, tf.reshape(predictions, [-1]), tf.clone(predictions)]) {
      kept.push({ tensor: tf.keep(each), bits: bitsOf(each) });
    }
    return tf.mean(predictions);
  };
  const model = built(networks[name]);
  model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss, metrics: [keeps] });
  const handle = convert(model, rules.fa.make(), { seed: 1 });
  const { x, y } = batchFor(networks[name], createRng(2), 10);
  for (let step = 0; step < 8; step++) await model.trainOnBatch(x, y);
  await model.fit(x, y, { epochs: 2, batchSize: 5, verbose: 0 });
  for (const { tensor, bits } of kept) if (!tensor.isDisposed) expect(bitsOf(tensor)).toBe(bits);
  expect(kept.length).toBeGreaterThan(30);
  handle.revert();
});

it('one tensor as inputs and targets, then two', async () => {
  await useBackend('wasm');
  const [x, z] = [1, 2].map((seed) => tf.tensor(createRng(seed).normal(30), [6, 5]));
  const run = async (recording: boolean) => {
    tf.env().set('WASM_TRAINING_RECORDING', recording);
    const model = built({
      build: () =>
        sequential({
          layers: [
            layers.dense({ units: 4, activation: 'tanh', inputShape: [5] }),
            layers.dense({ units: 5 }),
          ],
        }),
    });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const handle = convert(model, rules.bp.make());
    const seen: unknown[] = [];
    const batches = [
      [x, x],
      [x, x],
      [x, z],
      [z, x],
      [z, z],
      [x, tf.reshape(x, [6, 5])],
      [x, z],
    ];
    for (const [given, wanted] of batches) seen.push(await model.trainOnBatch(given, wanted));
    const weights = weightsOf(model).map((values) => Array.from(values));
    handle.revert();
    return { seen, weights };
  };
  expect(await run(true)).toEqual(await run(false));
});

const types = ['float32', 'int32', 'bool'] as const;
describe.each(['cpu', 'wasm', 'wasm, computed'])('%s', (engine) => {
  const losses = {
    categoricalCrossentropy: 'softmax',
    binaryCrossentropy: 'sigmoid',
    meanSquaredError: 'linear',
  } as const;
  it.each(Object.entries(losses))('%s takes whole numbers and truth values', async (lossName, activation) => {
    await useBackend(engine === 'cpu' ? 'cpu' : 'wasm');
    tf.env().set('WASM_TRAINING_RECORDING', engine === 'wasm');
    const trained = async (
      rule: RuleName,
      input: 'float32' | 'int32' | 'bool',
      target: 'float32' | 'int32' | 'bool',
    ) => {
      const model = built({
        build: () =>
          sequential({
            layers: [
              layers.conv2d({ filters: 3, kernelSize: 2, activation: 'tanh', inputShape: [4, 4, 1] }),
              layers.averagePooling2d({ poolSize: 2, strides: 1 }),
              layers.flatten(),
              layers.dense({ units: 5, activation: 'relu' }),
              layers.dense({ units: 3, activation }),
            ],
          }),
      });
      model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: lossName });
      const handle = convert(model, rules[rule].make(), { seed: 1 });
      const values = createRng(3)
        .uniform(6 * 16, 0, 2)
        .map(Math.floor);
      const x = tf.cast(tf.tensor(values, [6, 4, 4, 1]), input);
      const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), target);
      const seen: number[] = [];
      for (let step = 0; step < 5; step++) seen.push((await model.trainOnBatch(x, y)) as number);
      const weights = weightsOf(model);
      handle.revert();
      return [seen, ...weights];
    };
    for (const rule of ['bp', 'dfa'] as const) {
      const right = await trained(rule, 'float32', 'float32');
      for (const input of types) {
        for (const target of types) {
          expect([input, target, apart(await trained(rule, input, target), right)]).toEqual([
            input,
            target,
            0,
          ]);
        }
      }
    }
  });
});
