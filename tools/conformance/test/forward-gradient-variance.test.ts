// The variance of forward gradients over batches and noise, against Table 1 of Ren et al. 2022 (arXiv:2210.03310).
import { useBackend } from '@feedalign/backend';
import { createPass, createRng, type FeedbackRule, forward, heldTree, type Network } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { evaluate, lossesFor } from '@feedalign/losses';
import { type AnyRule, bp, fga, fgw } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { isFull } from '../src/attack/length.js';
import { seedWeights } from '../src/zoo.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const [p, q, classes, pool, batch] = [5, 4, 3, 40, 3];
const draws = isFull ? 40_000 : 3000;

const net = () => {
  const model = sequential({
    layers: [
      layers.dense({ units: q, useBias: false, inputShape: [p] }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  seedWeights(model);
  return trace(model);
};
// Of one kind mostly, so that the mean gradient is not small beside the spread.
const numbers = createRng(1)
  .stream('x')
  .normal(pool * p, 0.7, 0.6);
const labels = Array.from({ length: pool }, (_, i) => (i % 4 === 0 ? 1 : 0));

/** The hidden layer's gradient of these examples. */
function gradientOf(
  network: Network,
  rule: AnyRule,
  state: unknown,
  chosen: readonly number[],
  step: number,
) {
  return tf.tidy(() => {
    const x = tf.tensor(
      chosen.flatMap((i) => [...numbers.subarray(i * p, (i + 1) * p)]),
      [chosen.length, p],
    );
    const y = tf.oneHot(
      chosen.map((i) => labels[i]),
      classes,
    );
    const record = forward(network, [x], { training: true });
    const objective = evaluate(record, {
      losses: lossesFor(network, 'categoricalCrossentropy'),
      targets: [y],
    });
    const pass = createPass(record, objective, rule as FeedbackRule, state as never, {
      rng: createRng(7).stream(step),
    });
    const [{ gradient }] = pass.gradients();
    return gradient.compute().dataSync() as Float32Array;
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const cases: [string, AnyRule, 'shared' | 'independent', number][] = [
  ['fg-w, noise shared by a batch', fgw(), 'shared', p * q],
  ['fg-a, noise shared by a batch', fga({ shared: true }), 'shared', q],
  ['fg-w, noise of each example', fgw(), 'independent', p * q],
  ['fg-a, noise of each example', fga(), 'independent', q],
];
it.each(cases)('%s', (name, rule, noise, perturbed) => {
  const network = net();
  const state = heldTree(() => rule.init(network, createRng(5)));
  const each = Array.from({ length: pool }, (_, i) => gradientOf(network, bp(), null, [i], 0));
  const truth = Array.from({ length: p * q }, (_, k) => mean(each.map((gradient) => gradient[k])));
  const S = mean(truth.map((value) => value ** 2));
  const V = mean(truth.map((middle, k) => mean(each.map((gradient) => (gradient[k] - middle) ** 2))));
  expect(S / V).toBeGreaterThan(0.1);
  const expected = ((perturbed + 2) / batch) * V + ((perturbed + 1) * S) / (noise === 'shared' ? 1 : batch);

  const chance = createRng(9).stream(name);
  const total = new Float64Array(p * q);
  const squares = new Float64Array(p * q);
  // Weights have one noise for all examples of a pass: each example then takes a pass of its own.
  const single = noise === 'independent' && rule.name === 'fg-w';
  for (let draw = 0; draw < draws; draw++) {
    const chosen = [...chance.stream(draw).uniform(batch, 0, pool)].map(Math.floor);
    const passes = single ? chosen.map((i) => [i]) : [chosen];
    const found = passes.map((some, i) => gradientOf(network, rule, state, some, draw * batch + i));
    for (let k = 0; k < p * q; k++) {
      const value = mean(found.map((gradient) => gradient[k]));
      total[k] += value;
      squares[k] += value ** 2;
    }
  }
  const variance = mean(Array.from(total, (sum, k) => squares[k] / draws - (sum / draws) ** 2));
  expect(Math.abs(variance / expected - 1)).toBeLessThan(isFull ? 0.05 : 0.15);
});
