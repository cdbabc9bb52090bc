// What an example of weight 0 is teaches nothing, under any rule.
import { useBackend } from '@feedalign/backend';
import { createPass, createRng, type FeedbackRule, forward, heldTree } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { evaluate, lossesFor, type Reduction } from '@feedalign/losses';
import { type AnyRule, bp, fga, guess, local, type RuleName, rules } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { distance } from '../src/passes.js';
import { seedWeights } from '../src/zoo.js';

beforeAll(async () => {
  await useBackend('wasm');
});
afterEach(() => tf.disposeVariables());

const [examples, inputs, classes] = [6, 8, 3];
const weights = [1, 0, 2, 0.5, 0, 1];

const net = () => {
  const model = sequential({
    layers: [
      layers.dense({ units: 7, activation: 'tanh', inputShape: [inputs] }),
      layers.dense({ units: 6, activation: 'relu' }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  seedWeights(model);
  return trace(model);
};

/** The gradients where the examples of weight 0 are of this seed. */
function gradients(rule: AnyRule, seed: number, reduction: Reduction): tf.Tensor[] {
  const network = net();
  const state = heldTree(() => rule.init(network, createRng(5)));
  const numbers = createRng(1).normal(examples * inputs);
  const others = createRng(seed).normal(examples * inputs);
  const isOut = (place: number) => weights[Math.floor(place / inputs)] === 0;
  const x = tf.tensor(
    numbers.map((value, i) => (isOut(i) ? others[i] : value)),
    [examples, inputs],
  );
  const y = tf.oneHot(
    weights.map((weight, i) => (weight === 0 ? (i + seed) % classes : i % classes)),
    classes,
  );
  return tf.tidy(() => {
    const record = forward(network, [x], { training: true });
    const losses = lossesFor(network, 'categoricalCrossentropy');
    const objective = evaluate(record, {
      losses,
      targets: [y],
      reduction,
      sampleWeights: [tf.tensor1d(weights)],
    });
    const pass = createPass(record, objective, rule as FeedbackRule, state as never, { rng: createRng(4) });
    return pass.gradients().map(({ gradient }) => gradient.compute());
  });
}

const all: [string, AnyRule][] = [
  ...(Object.keys(rules) as RuleName[]).map((name): [string, AnyRule] => [
    name,
    rules[name](name === 'wm' ? { phases: 2 } : {}),
  ]),
  ['guess of weights', guess({ space: 'weights' })],
  ['local(bp) by both', local(bp(), { loss: 'both', stops: false })],
  ['local(fg-a) by groups', local(fga(), { groups: 1, patches: true })],
];
describe.each<Reduction>(['mean', 'sum'])('under the %s of losses', (reduction) => {
  it.each(all)('%s', (_name, rule) => {
    const [one, other] = [2, 3].map((seed) => gradients(rule, seed, reduction));
    one.forEach((gradient, i) => void expect(distance(gradient, other[i])).toBeLessThan(1e-5));
  });
});

it.each<[string, AnyRule]>([
  ['pred', rules.pred()],
  ['sim', rules.sim()],
  ['predsim', rules.predsim()],
  ['pepita', rules.pepita()],
  ['ff', rules.ff()],
])('%s: a sum of losses is N times their mean', (_name, rule) => {
  const [mean, sum] = (['mean', 'sum'] as const).map((reduction) => gradients(rule, 2, reduction));
  mean.forEach((gradient, i) => void expect(distance(sum[i], tf.mul(gradient, examples))).toBeLessThan(1e-4));
});
