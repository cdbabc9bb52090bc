// The local mixer under rules of every kind, on WASM, where its steps are recorded.
import { useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { localMixer, localMixerBlocks } from '@feedalign/models';
import { type AnyRule, bp, dfa, fa, fga, fgw, local } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { batchFor } from '../src/zoo.js';

beforeAll(async () => {
  await useBackend('wasm');
});

const shape = { inputShape: [6, 6, 2], classes: 3 };
const options = { ...shape, channels: 24, patches: 3, groups: 4, blocks: 2, seed: 1 };

it.each<[string, AnyRule]>([
  ['backpropagation', bp()],
  ['feedback alignment', fa()],
  ['direct feedback alignment', dfa()],
  ['forward gradients of activations', fga({ directions: 4 })],
  ['forward gradients of weights', fgw({ directions: 8 })],
  ['backpropagation within blocks', local(bp(), { blocks: localMixerBlocks(2) })],
  ['forward gradients within blocks', local(fga(), { blocks: localMixerBlocks(2) })],
])('learns by %s, leaks nothing, and its steps are recorded', async (_what, rule) => {
  const model = localMixer(options);
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
  const { x, y } = batchFor(shape, createRng(2), 12);
  const handle = convert(model, rule, { seed: 3 });
  const losses: number[] = [];
  const counts: number[] = [];
  for (let step = 0; step < 60; step++) {
    losses.push((await model.trainOnBatch(x, y)) as number);
    counts.push(tf.memory().numTensors);
  }
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]);
  expect(new Set(counts.slice(3)).size).toBe(1);
  const told = handle.explained();
  expect(told.join('\n')).toContain('exchangeAxes');
  expect(told.join('\n')).toContain('adam, if the loss is finite');
  handle.revert();
  model.dispose();
});
