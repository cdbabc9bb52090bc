// Rules that differ from step to step, or are made of others, where the WASM engine would repeat a recorded step.
import { useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule } from '@feedalign/core';
import { convert, trace } from '@feedalign/layers';
import {
  type AnyRule,
  bp,
  brsf,
  dfa,
  fa,
  ff,
  fga,
  fgw,
  frozen,
  guess,
  ifa,
  kp,
  local,
  normalized,
  pepita,
  perLayer,
  scheduled,
  usf,
  wm,
} from '@feedalign/rules';
import { train } from '@feedalign/train';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { built, loss, weightsOf } from '../src/passes.js';
import { batchFor, zoo } from '../src/zoo.js';

beforeAll(async () => {
  await useBackend('wasm');
});
afterEach(() => {
  tf.env().set('WASM_TRAINING_RECORDING', true);
  tf.disposeVariables();
});

const specimen = zoo.dense;

async function trained(rule: AnyRule, recording: boolean) {
  tf.env().set('WASM_TRAINING_RECORDING', recording);
  const model = built(specimen);
  model.compile({ optimizer: tf.train.sgd(0.1), loss });
  const handle = convert(model, rule, { seed: 3 });
  for (let step = 0; step < 12; step++) {
    const { x, y } = batchFor(specimen, createRng(step));
    await model.trainOnBatch(x, y);
  }
  const weights = weightsOf(model).map((values) => Array.from(values));
  handle.revert();
  return weights;
}

it.each<[string, AnyRule]>([
  ['a schedule', scheduled([{ until: 4, rule: fa() }, { until: 8, rule: frozen() }, { rule: usf() }])],
  ['sizes drawn in each step', brsf()],
  ['sizes drawn in each step from a seed of their own', brsf({ seed: 4 })],
  ['feedback drawn again from the seed', dfa({ store: 'seed' })],
  ['feedback that the optimizer trains', kp({ decay: 0.01 })],
  ['feedback that learns in every third step', wm({ phases: 2, every: 3 })],
  ['signs of gradients', usf({ update: 'batch-manhattan' })],
  ['noise on activations, in two directions', fga({ directions: 2 })],
  ['signs on outputs, shared by a batch', fga({ noise: 'rademacher', place: 'output', shared: true })],
  ['noise on weights', fgw({ directions: 2, outputs: 'noise' })],
  ['noise on some layers', perLayer({}, scheduled([{ until: 5, rule: fga() }, { rule: fgw() }]))],
  ['noise of one length', normalized(fga())],
  ['local losses', local(fa(), { loss: 'both' })],
  ['noise within local losses', local(fga(), { stops: false })],
  ['guesses of learned heads', guess()],
  ['guesses of heads drawn in each step', guess({ head: 'random', space: 'weights' })],
  ['a second pass with the error', pepita()],
  ['true labels and wrong ones', ff()],
  ['signals of one length', normalized(ifa())],
  [
    'a schedule inside a rule for each layer',
    perLayer({}, scheduled([{ until: 5, rule: bp() }, { rule: dfa() }])),
  ],
])('%s: the same weights, whether steps are recorded or not', async (_what, rule) => {
  expect(await trained(rule, true)).toEqual(await trained(rule, false));
});

it('what a rule keeps of an input stays as it was, while train fills the next batch', async () => {
  const seen: number[][] = [];
  const keeping: FeedbackRule<{ readonly input: tf.Tensor }> = {
    name: 'keeping',
    options: {},
    init: () => ({ input: tf.zeros([4, 3]) }),
    signal: (unit, pass) => pass.fromAbove(unit),
    learn: (pass) => {
      seen.push([...pass.state.input.dataSync()]);
      return { input: pass.input(pass.network.units[0]).clone() };
    },
  };
  const model = tfLayers.sequential({
    layers: [tfLayers.layers.dense({ units: 2, activation: 'softmax', inputShape: [3] })],
  });
  const inputs = Float32Array.from({ length: 36 }, (_, i) => i / 36);
  const examples = {
    count: 12,
    inputShape: [3],
    classes: 2,
    inputs,
    labels: Uint8Array.from(inputs.subarray(0, 12), (_, i) => i % 2),
    scale: [1],
    offset: [0],
  };
  const shown: number[][] = [];
  const network = trace(model);
  const watched: typeof keeping = {
    ...keeping,
    learn: (pass) => {
      const next = keeping.learn?.(pass) as { readonly input: tf.Tensor };
      shown.push([...next.input.dataSync()]);
      return next;
    },
  };
  for await (const _ of train(network, watched, { train: examples }, { epochs: 1, batchSize: 4 })) void _;
  expect(shown).toHaveLength(3);
  expect(seen.slice(1)).toEqual(shown.slice(0, 2));
  expect(new Set(shown.map(String)).size).toBe(3);
});
