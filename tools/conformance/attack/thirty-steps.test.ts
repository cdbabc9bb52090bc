// Thirty steps of every network under every optimizer: recorded as computed, bit for bit, and on wasm as on cpu.
import { useBackend } from '@feedalign/backend';
import { createRng, type Optimizer } from '@feedalign/core';
import { convert, trace } from '@feedalign/layers';
import {
  adam,
  adamw,
  clipByEntry,
  clipByGlobalNorm,
  cosine,
  rmsprop,
  sgd,
  stepDecay,
  warmUp,
} from '@feedalign/optim';
import { type RuleName, rules } from '@feedalign/rules';
import { train } from '@feedalign/train';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, afterEach, expect, it } from 'vitest';
import { isFull } from '../src/attack/length.js';
import { apart, examplesFor, networks } from '../src/attack/networks.js';
import { built, loss, weightsOf } from '../src/passes.js';
import { batchFor } from '../src/zoo.js';

afterEach(() => {
  tf.env().set('WASM_TRAINING_RECORDING', true);
  tf.disposeVariables();
});

const ours: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => sgd({ learningRate: 0.05 }),
  momentum: () => sgd({ learningRate: cosine(0.03, { steps: 30 }), momentum: 0.9 }),
  nesterov: () => sgd({ learningRate: 0.03, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  rmsprop: () => rmsprop({ learningRate: 0.003, epsilon: 1e-3 }),
  adam: () => adam({ learningRate: warmUp(0.01, { steps: 10 }), epsilon: 1e-3 }),
  adamw: () => adamw({ learningRate: stepDecay(0.01, { every: 12 }), epsilon: 1e-3 }),
  'sgd, clipped': () => clipByGlobalNorm(0.5)(sgd({ learningRate: 0.05, momentum: 0.8 })),
  'adam, clipped by entry': () => clipByEntry(0.01)(adam({ learningRate: 0.01, epsilon: 1e-3 })),
};
const theirs: Readonly<Record<string, () => tf.Optimizer>> = {
  'tfjs sgd': () => tf.train.sgd(0.05),
  'tfjs momentum': () => tf.train.momentum(0.03, 0.9),
  'tfjs adam': () => tf.train.adam(0.01, 0.9, 0.999, 1e-3),
  'tfjs rmsprop': () => tf.train.rmsprop(0.003, 0.9, 0, 1e-3),
  'tfjs adagrad': () => tf.train.adagrad(0.02),
};

interface Trial {
  readonly network: string;
  readonly optimizer: string;
  readonly rule: RuleName;
}

async function trained({ network, optimizer, rule }: Trial, backend: 'cpu' | 'wasm', recording: boolean) {
  await useBackend(backend);
  tf.env().set('WASM_TRAINING_RECORDING', recording);
  const specimen = networks[network];
  const model = built(specimen);
  const losses: number[] = [];
  if (optimizer in ours) {
    const options = { epochs: 10, batchSize: 6, reportEvery: 1, seed: 4, optimizer: ours[optimizer]() };
    const data = { train: examplesFor(specimen, 17, 5) };
    for await (const event of train(trace(model), rules[rule].make(), data, options)) {
      if (event.type === 'step') losses.push(event.loss);
    }
  } else {
    model.compile({ optimizer: theirs[optimizer](), loss });
    const handle = convert(model, rules[rule].make(), { seed: 4 });
    for (let step = 0; step < 30; step++) {
      const { x, y } = batchFor(specimen, createRng(step), step % 3 === 2 ? 5 : 6);
      losses.push((await model.trainOnBatch(x, y)) as number);
      tf.dispose([x, y]);
    }
    handle.revert();
  }
  const weights = weightsOf(model).map((values) => Array.from(values));
  expect(losses.length).toBe(30);
  return { losses, weights };
}

const third = Object.keys(rules).filter((name) => !['bp', 'fa', 'dfa'].includes(name)) as RuleName[];
const networkNames = Object.keys(networks);
const optimizerNames = [...Object.keys(ours), ...Object.keys(theirs)];
const trials: Trial[] = networkNames.flatMap((network, n) =>
  optimizerNames.flatMap((optimizer, o) =>
    (['bp', 'fa', 'dfa', third[(n * optimizerNames.length + o) % third.length]] as const).map((rule) => ({
      network,
      optimizer,
      rule,
    })),
  ),
);
/** Each network and each optimizer some times, each rule in turn. */
const short = networkNames.flatMap((network, n) =>
  // Recurrent layers take their time.
  (network === 'sequences, both ways' ? [0] : [0, 1]).map((i) => {
    const own = trials.filter((trial) => trial.network === network);
    return own[((n * 2 + i) * 4 + ((n + i) % 4)) % own.length];
  }),
);

/** What rounding may have become after so many steps. */
const allowed = (step: number) => 2e-5 * 1.25 ** step;
let worst = 0;
afterAll(() => {
  if (isFull) console.log(`rounding became at most ${worst} of what is allowed`);
});

it.each((isFull ? trials : short).map((trial) => [Object.values(trial).join(', '), trial] as const))(
  '%s',
  async (_title, trial) => {
    const computed = await trained(trial, 'wasm', false);
    const recorded = await trained(trial, 'wasm', true);
    expect(recorded).toEqual(computed);
    const right = await trained(trial, 'cpu', false);
    right.losses.forEach((value, step) => {
      const share = Math.abs(computed.losses[step] - value) / (1 + Math.abs(value)) / allowed(step);
      worst = Math.max(worst, share);
      expect([step, share < 1]).toEqual([step, true]);
    });
    const share = apart(computed.weights, right.weights) / allowed(30);
    worst = Math.max(worst, share);
    expect(share).toBeLessThan(1);
  },
);
