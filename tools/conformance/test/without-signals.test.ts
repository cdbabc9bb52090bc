// Rules that send nothing down, each against its own equations in plain tfjs.
import { noise, useBackend } from '@feedalign/backend';
import {
  createRng,
  type FeedbackRule,
  heldTree,
  hiddenUnits,
  type Network,
  type Pass,
} from '@feedalign/core';
import { convert, trace } from '@feedalign/layers';
import { type AnyRule, bp, ff, fga, guess, local, pepita, predictByGoodness, sim } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import { model as functional, input, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Batch, distance, gradientsOf, passOf } from '../src/passes.js';
import { seedWeights } from '../src/zoo.js';

beforeAll(async () => {
  await useBackend('wasm');
});
afterEach(() => tf.disposeVariables());

const [examples, inputs, classes] = [6, 9, 4];

const net = (activation: 'relu' | 'tanh' = 'relu') => {
  const model = sequential({
    layers: [
      layers.dense({ units: 8, activation, inputShape: [inputs] }),
      layers.dense({ units: 7, activation }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  seedWeights(model);
  return model;
};
const batch = (): Batch => ({
  x: tf.tensor(
    createRng(1)
      .stream('x')
      .normal(examples * inputs),
    [examples, inputs],
  ),
  y: tf.oneHot(
    Array.from({ length: examples }, (_, i) => i % classes),
    classes,
  ),
});
const matrices = (model: LayersModel) => model.getWeights() as tf.Tensor2D[];
const expectGradients = (found: Map<string, tf.Tensor>, model: LayersModel, expected: readonly tf.Tensor[]) =>
  model.trainableWeights.forEach((weight, i) => {
    const name = (weight.read() as tf.Variable).name;
    expect(distance(found.get(name) as tf.Tensor, expected[i]), name).toBeLessThan(1e-5);
  });

describe('guess', () => {
  const inPass = <T>(network: Network, rule: AnyRule, ask: (pass: Pass) => T) => {
    const state = heldTree(() => rule.init(network, createRng(5)));
    return ask(passOf(network, batch(), rule as FeedbackRule, state));
  };

  it('of weights: the part of the true gradient that lies along that of the local loss', () => {
    const network = trace(net());
    const truth = gradientsOf(network, batch(), bp());
    const guesses = gradientsOf(network, batch(), local(bp()));
    const found = gradientsOf(network, batch(), guess({ space: 'weights' }));
    for (const unit of hiddenUnits(network)) {
      const names = unit.head.operation.parameters.map(({ variable }) => variable.name);
      const inner = (a: typeof truth, b: typeof truth) =>
        names.reduce(
          (total, name) =>
            total + tf.sum(tf.mul(a.get(name) as tf.Tensor, b.get(name) as tf.Tensor)).dataSync()[0],
          0,
        );
      const factor = inner(truth, guesses) / inner(guesses, guesses);
      for (const name of names) {
        const expected = tf.mul(guesses.get(name) as tf.Tensor, factor);
        expect(distance(found.get(name) as tf.Tensor, expected), name).toBeLessThan(1e-4);
      }
    }
  });

  it('of activations: the same for each example', () => {
    const network = trace(net('tanh'));
    tf.tidy(() => {
      const expected = inPass(network, local(bp()), (pass) =>
        hiddenUnits(network).map((unit) => {
          const [u, g] = [pass.signal(unit), pass.truth.signal(unit)] as tf.Tensor[];
          const along = tf.div(tf.sum(tf.mul(u, g), 1, true), tf.sum(tf.square(u), 1, true));
          const [{ gradient }] = pass.updates(unit, tf.mul(u, along), 'output');
          return gradient.compute();
        }),
      );
      const found = gradientsOf(network, batch(), guess());
      hiddenUnits(network).forEach((unit, i) => {
        const name = unit.kernel?.variable.name as string;
        expect(distance(found.get(name) as tf.Tensor, expected[i]), name).toBeLessThan(1e-4);
      });
    });
  });

  it('of random heads differs from step to step, of fixed ones it does not', () => {
    const network = trace(net());
    const twice = (rule: AnyRule) =>
      [4, 6].map((seed) => {
        const state = heldTree(() => rule.init(network, createRng(5)));
        return tf.tidy(() => {
          const { x, y } = batch();
          const pass = passOf(network, { x, y }, rule as FeedbackRule, state, seed);
          return [...pass.gradients()[0].gradient.compute().dataSync()];
        });
      });
    const [one, other] = twice(guess({ head: 'fixed' }));
    expect(one).toEqual(other);
    const [first, second] = twice(guess({ head: 'random' }));
    expect(first).not.toEqual(second);
  });
});

it('pepita is its two passes', () => {
  const model = net();
  const network = trace(model);
  const rule = pepita({ scale: 0.3 });
  const { projection } = rule.init(network, createRng(5)) as unknown as { projection: tf.Tensor2D };
  const half = 0.3 * Math.sqrt(6 / inputs);
  expect(projection.shape).toEqual([classes, inputs]);
  const extreme = Math.max(...tf.abs(projection).dataSync());
  expect(extreme).toBeGreaterThan(0.8 * half);
  expect(extreme).toBeLessThanOrEqual(half);

  const [w1, b1, w2, b2, w3, b3] = matrices(model);
  const { x, y } = batch();
  const run = (given: tf.Tensor2D) => {
    const h1 = tf.relu(tf.add(tf.matMul(given, w1), b1)) as tf.Tensor2D;
    const h2 = tf.relu(tf.add(tf.matMul(h1, w2), b2)) as tf.Tensor2D;
    return { h1, h2, p: tf.softmax(tf.add(tf.matMul(h2, w3), b3) as tf.Tensor2D) };
  };
  const clean = run(x as tf.Tensor2D);
  const e = tf.sub(clean.p, y) as tf.Tensor2D;
  const moved = tf.add(x, tf.matMul(e, projection)) as tf.Tensor2D;
  const erring = run(moved);
  const [d1, d2] = [tf.sub(clean.h1, erring.h1), tf.sub(clean.h2, erring.h2)] as tf.Tensor2D[];
  const mean = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.div(tf.matMul(a, b, true), examples);
  const bias = (d: tf.Tensor) => tf.div(tf.sum(d, 0), examples);
  expectGradients(gradientsOf(network, batch(), rule), model, [
    mean(moved, d1),
    bias(d1),
    mean(erring.h1, d2),
    bias(d2),
    mean(erring.h2, e),
    bias(e),
  ]);
});

it('pepita teaches no unit that dropout silences, and the others by their doubled change', () => {
  const model = sequential({
    layers: [
      layers.dense({ units: 8, activation: 'relu', inputShape: [inputs] }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  seedWeights(model);
  const network = trace(model);
  const rule = pepita({ scale: 0.3 });
  tf.tidy(() => {
    const state = rule.init(network, createRng(5));
    const pass = passOf(network, batch(), rule as FeedbackRule, state);
    const [hidden] = network.units;
    const [response, output] = [pass.response(hidden), pass.activation(hidden)].map((x) =>
      x.arraySync(),
    ) as number[][][];
    const delta = pass.signal(hidden)?.arraySync() as number[][];
    let silent = 0;
    for (const [n, row] of response.entries()) {
      for (const [i, value] of row.entries()) {
        if (value <= 0 || output[n][i] !== 0) continue;
        silent++;
        expect(delta[n][i]).toBe(0);
      }
    }
    expect(silent).toBeGreaterThan(3);
    expect(delta.flat().filter((value) => value !== 0).length).toBeGreaterThan(3);
  });
});

describe('forward-forward', () => {
  it('is the gradient of its two losses, with labels written over the input', async () => {
    const model = net();
    const network = trace(model);
    const [amplitude, threshold] = [1.5, 0.4];
    const found = gradientsOf(network, batch(), ff({ amplitude, threshold }));
    const { x, y } = batch();
    const [u] = noise(createRng(4).stream('labels'), [1], 'uniform').dataSync();
    const shift = 1 + Math.floor(u * (classes - 1));
    const wrong = Array.from({ length: examples }, (_, i) => ((i % classes) + shift) % classes);
    wrong.forEach((label, i) => void expect(label).not.toBe(i % classes));
    const bad = tf.oneHot(wrong, classes);

    await useBackend('cpu');
    const rest = tf.slice(x, [0, classes], [examples, inputs - classes]);
    const stock = tf.variableGrads(
      () => {
        let total: tf.Tensor = tf.scalar(0);
        for (const [labels, sign] of [
          [y, 1],
          [bad, -1],
        ] as const) {
          let h = tf.concat([tf.mul(tf.cast(labels, 'float32'), amplitude), rest], 1);
          for (const layer of model.layers.slice(0, 2)) {
            const response = layer.apply(tf.tensor(h.dataSync(), h.shape as [number, number])) as tf.Tensor;
            const goodness = tf.mean(tf.square(response), 1);
            total = tf.add(total, tf.mean(tf.softplus(tf.mul(tf.sub(threshold, goodness), sign))));
            h = response as tf.Tensor2D;
          }
        }
        return total as tf.Scalar;
      },
      model.layers
        .slice(0, 2)
        .flatMap(({ trainableWeights }) => trainableWeights.map((each) => each.read() as tf.Variable)),
    );
    for (const [name, gradient] of Object.entries(stock.grads)) {
      expect(distance(found.get(name) as tf.Tensor, gradient), name).toBeLessThan(1e-5);
    }
    await useBackend('wasm');
  });

  it('predicts by the goodness of the layers behind the first', () => {
    const model = net();
    const { x } = batch();
    const found = predictByGoodness(trace(model), x, { amplitude: 2 });
    expect(found.shape).toEqual([examples, classes]);
    for (let label = 0; label < classes; label++) {
      const seen = tf.concat(
        [
          tf.mul(tf.oneHot(tf.fill([examples], label, 'int32') as tf.Tensor1D, classes), 2),
          tf.slice(x, [0, classes], [examples, inputs - classes]),
        ],
        1,
      );
      const h = model.layers
        .slice(0, 2)
        .reduce((given, layer) => layer.apply(given) as tf.Tensor, seen as tf.Tensor);
      const expected = tf.mean(tf.square(h), 1);
      expect(
        distance(tf.reshape(tf.slice(found, [0, label], [examples, 1]), [examples]), expected),
      ).toBeLessThan(1e-5);
    }
  });
});

describe('what they cannot do is one line', () => {
  const dense = (units: number, activation?: 'softmax' | 'relu') => layers.dense({ units, activation });
  const single = (size: number, classes: number, activation?: 'softmax') => {
    const x = input({ shape: [size], name: 'given' });
    const h = dense(5, 'relu').apply(x);
    return functional({ inputs: x, outputs: dense(classes, activation).apply(h) as never });
  };
  const twoInputs = () => {
    const [a, b] = [input({ shape: [6] }), input({ shape: [6] })];
    const h = layers.concatenate().apply([a, b]);
    return functional({
      inputs: [a, b],
      outputs: dense(3, 'softmax').apply(dense(5, 'relu').apply(h)) as never,
    });
  };
  const words = () =>
    sequential({
      layers: [
        layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 5 }),
        layers.flatten(),
        dense(5, 'relu'),
        dense(3, 'softmax'),
      ],
    });
  const branches = () => {
    const x = input({ shape: [4] });
    const left = layers.dense({ units: 4, name: 'left' }).apply(x);
    const a = layers.dense({ units: 4, name: 'top' }).apply(left);
    const b = layers.dense({ units: 4, name: 'right' }).apply(x);
    return functional({
      inputs: x,
      outputs: dense(3, 'softmax').apply(layers.concatenate().apply([a, b] as never)) as never,
    });
  };
  const places = () =>
    sequential({
      layers: [
        layers.dense({ name: 'flat', units: 4, activation: 'relu', inputShape: [5, 3] }),
        layers.flatten(),
        dense(3, 'softmax'),
      ],
    });
  const normalizedNet = () =>
    sequential({
      layers: [
        layers.dense({ units: 4, inputShape: [5, 3] }),
        layers.batchNormalization(),
        layers.activation({ name: 'normal', activation: 'relu' }),
        layers.flatten(),
        dense(3, 'softmax'),
      ],
    });
  /** Doubles, by an adapter that says nothing of small changes. */
  class Strange extends tfLayers.layers.Layer {
    static className = 'Strange';
    override call(x: tf.Tensor | tf.Tensor[]) {
      return tf.mul([x].flat()[0], 2);
    }
  }
  const withStrange = () =>
    sequential({
      layers: [dense(4, 'relu'), new Strange({ name: 'strange' }), dense(3, 'softmax')].map((layer, i) =>
        i === 0 ? layers.dense({ units: 4, activation: 'relu', inputShape: [6] }) : layer,
      ),
    });
  const adapters = {
    Strange: () => ({
      parameters: [],
      forward: (inputs: readonly tf.Tensor[]) => ({ inputs, output: tf.mul(inputs[0], 2) }),
      inputGradient: (_record: unknown, delta: tf.Tensor) => tf.mul(delta, 2),
    }),
  };
  it.each<[string, () => LayersModel, AnyRule, string[]]>([
    ['ff without labels', () => single(9, 3), ff(), ['data with labels', 'dense']],
    ['ff with fewer inputs than classes', () => single(3, 4, 'softmax'), ff(), ['4 labels', "'given' has 3"]],
    ['ff with two inputs', twoInputs, ff(), ['2 inputs']],
    ['ff on words', words, ff(), ['whole numbers']],
    ['pepita with two inputs', twoInputs, pepita(), ['2 inputs']],
    ['pepita on words', words, pepita(), ['whole numbers']],
    ['local within pepita', () => single(9, 3, 'softmax'), local(pepita()), ['other inputs']],
    [
      'groups that divide no channels',
      () => single(9, 3, 'softmax'),
      local(fga(), { groups: 3 }),
      ['groups: 3', '5 channels', "'dense"],
    ],
    ['likenesses of one number', () => single(9, 1), sim(), ['directions of targets', "'dense"]],
    ['groups without places', places, local(fga(), { groups: 2 }), ['patches: true', "'flat'", '5 places']],
    ['groups without stops', places, local(fga(), { groups: 2, stops: false }), ['stops: false']],
    [
      'groups across examples',
      () => normalizedNet(),
      local(fga(), { patches: true }),
      ['batch normalization', "'normal'"],
    ],
    ['a layer without a tangent', () => withStrange(), fga(), ["'strange'", 'no tangent']],
    [
      'a block with two ends',
      branches,
      local(bp(), { blocks: [['left', 'right'], ['top']] }),
      ['left, right', 'ends at several layers'],
    ],
  ])('%s', async (_what, build, rule, words) => {
    const model = build();
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const message = await (async () => {
      convert(model, rule, { adapters });
      const [x] = [model.inputs[0]].map(({ shape }) => tf.ones([2, ...(shape.slice(1) as number[])]));
      await model.trainOnBatch(x, tf.oneHot([0, 1], model.outputs[0].shape[1] as number));
      return 'nothing was refused';
    })().catch((error: Error) => {
      expect(error.name, error.stack).toBe('FeedalignError');
      return error.message;
    });
    expect(message).not.toContain('\n');
    for (const word of words) expect(message).toContain(word);
  });
});
