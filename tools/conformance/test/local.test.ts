// Local losses against plain autodiff of the same losses, each block's input held still.
import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule, heldTree } from '@feedalign/core';
import { convert, restore, trace } from '@feedalign/layers';
import {
  type AnyRule,
  bp,
  combinators,
  dfa,
  fa,
  fga,
  fgw,
  ifa,
  kp,
  type LocalOptions,
  local,
  perLayer,
  rules,
  scheduled,
} from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Batch, built, distance, loss, passOf, weightsOf } from '../src/passes.js';
import { batchFor, type Specimen, zoo } from '../src/zoo.js';

afterEach(() => tf.disposeVariables());

interface Heads {
  readonly heads: readonly (readonly { readonly kernel: tf.Variable; readonly bias: tf.Variable }[])[];
}

const crossEntropy = (logits: tf.Tensor, y: tf.Tensor) =>
  tf.mean(tf.neg(tf.sum(tf.mul(y, tf.logSoftmax(logits as tf.Tensor2D)), -1)));

function similarity(z: tf.Tensor, y: tf.Tensor) {
  const cosines = (x: tf.Tensor, soft: number) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const unit = tf.div(centred, tf.sqrt(tf.add(tf.sum(tf.square(centred), 1, true), soft))) as tf.Tensor2D;
    return tf.matMul(unit, unit, false, true);
  };
  return tf.mean(tf.square(tf.sub(cosines(z, 1e-3 * (z.shape[1] as number)), cosines(y, 1e-12))));
}

/** The read-out of the mean over places. */
const readOut = (h: tf.Tensor, { kernel, bias }: Heads['heads'][number][number]) => {
  const pooled = h.rank === 2 ? h : tf.mean(h, [...h.shape.keys()].slice(1, -1));
  return tf.add(tf.matMul(pooled as tf.Tensor2D, kernel as unknown as tf.Tensor2D), bias);
};

/** A sequential model's layers by the blocks that they are in, the output's last. */
function layersOf(model: LayersModel, blocks: readonly (readonly string[])[]) {
  const found: LayersModel['layers'][] = [];
  const begins = [...blocks.map(([first]) => first), model.layers[model.layers.length - 1].name];
  for (const layer of model.layers) {
    if (begins.includes(layer.name) || found.length === 0) found.push([]);
    found[found.length - 1].push(layer);
  }
  return found;
}

/** The sum of all losses, by tfjs alone; with stops, what a block takes is a number. */
function lossBy(
  model: LayersModel,
  { x, y }: Batch,
  { heads }: Heads,
  { blocks = [], loss: kind = 'prediction', balance = 0.99, stops = true }: LocalOptions,
): tf.Scalar {
  let total: tf.Tensor = tf.scalar(0);
  let h = x;
  const parts = layersOf(model, blocks);
  parts.forEach((part, i) => {
    if (stops) h = tf.tensor(h.dataSync(), h.shape);
    const isLast = i === parts.length - 1;
    for (const layer of part) {
      if (layer === model.layers[model.layers.length - 1]) {
        const [kernel, bias] = layer.getWeights();
        total = tf.add(total, crossEntropy(tf.add(tf.matMul(h as tf.Tensor2D, kernel as never), bias), y));
      } else h = layer.apply(h, { training: true }) as tf.Tensor;
    }
    if (isLast) return;
    const outputs = heads[i].map((head) => readOut(h, head));
    const share = kind === 'both' ? [1 - balance, balance] : [1];
    if (kind !== 'similarity') total = tf.add(total, tf.mul(share[0], crossEntropy(outputs[0], y)));
    if (kind !== 'prediction') {
      total = tf.add(total, tf.mul(share[share.length - 1], similarity(outputs[outputs.length - 1], y)));
    }
  });
  return total as tf.Scalar;
}

const names = (model: LayersModel) =>
  trace(model)
    .units.filter(({ isOutput }) => !isOutput)
    .map(({ name }) => name);

describe.each<BackendName>(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const options: LocalOptions[] = [
    {},
    { stops: false },
    { loss: 'similarity' },
    { loss: 'both', balance: 0.7 },
    { loss: 'both', stops: false },
  ];
  const specimens = [zoo.dense, zoo['conv with pooling']];
  const cases = specimens.flatMap((specimen) =>
    options.flatMap((each) => [false, true].map((pairs) => ({ specimen, options: each, pairs }))),
  );
  it.each(cases)('local(bp) is the gradient of the local losses: %j', async (each) => {
    const model = built(each.specimen);
    const hidden = names(model);
    const blocks = each.pairs
      ? [hidden.slice(0, 2), ...hidden.slice(2).map((name) => [name])]
      : hidden.map((name) => [name]);
    const given = { ...each.options, blocks };
    const batch = batchFor(each.specimen, createRng(2));
    const network = trace(model);
    const rule = local(bp(), given);
    const state = heldTree(() => rule.init(network, createRng(5)));
    const found = new Map<string, tf.Tensor>();
    tf.tidy(() => {
      for (const { parameter, gradient } of passOf(network, batch, rule as FeedbackRule, state).gradients()) {
        found.set(parameter.variable.name, tf.keep(gradient.compute()));
      }
    });
    await useBackend('cpu');
    const heads = (state as unknown as Heads).heads;
    const variables = [
      ...model.trainableWeights.map((weight) => weight.read() as tf.Variable),
      ...heads.flat().flatMap(({ kernel, bias }) => [kernel, bias]),
    ];
    for (const variable of variables) variable.trainable = true;
    const stock = tf.variableGrads(() => lossBy(model, batch, { heads }, given), variables as never);
    expect([...found.keys()].sort()).toEqual(Object.keys(stock.grads).sort());
    // A similarity's gradient is a small difference of large terms.
    const tolerance = given.loss ? 1e-4 : 1e-5;
    for (const [name, value] of found) {
      expect(distance(value, stock.grads[name]), name).toBeLessThan(tolerance);
    }
    await useBackend(backend);
  });
});

describe('on wasm', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });

  const started = (specimen: Specimen, rule: AnyRule) => {
    const model = built(specimen);
    model.compile({ optimizer: tf.train.sgd(0.1), loss });
    return { model, handle: convert(model, rule, { seed: 5 }) };
  };
  const steps = async (model: LayersModel, specimen: Specimen, count: number, from = 0) => {
    for (let step = from; step < from + count; step++) {
      const { x, y } = batchFor(specimen, createRng(step));
      await model.trainOnBatch(x, y);
    }
  };

  const inner: [string, AnyRule][] = [
    ['bp', bp()],
    ['fa', fa()],
    ['dfa', dfa()],
    ['ifa', ifa()],
    ['kp', kp()],
    ['fga', fga()],
    ['fgw', fgw()],
  ];
  const places = ['dense', 'residual with batch normalization', 'attention', 'lstm'].filter(
    (name) => zoo[name],
  );
  describe.each(places)('%s', (place) => {
    it.each(inner)('local(%s) learns, leaks nothing, repeats itself', async (_name, rule) => {
      const specimen = zoo[place];
      const run = async () => {
        const { model, handle } = started(specimen, local(rule));
        const { x, y } = batchFor(specimen, createRng(2));
        const [before] = [(await model.trainOnBatch(x, y)) as number];
        for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
        const tensors = tf.memory().numTensors;
        for (let i = 0; i < 25; i++) await model.trainOnBatch(x, y);
        expect(tf.memory().numTensors).toBe(tensors);
        expect((await model.trainOnBatch(x, y)) as number).toBeLessThan(before);
        handle.revert();
        return weightsOf(model);
      };
      expect(await run()).toEqual(await run());
    });
  });

  it.each<[string, AnyRule]>([
    ['its heads', local(bp(), { loss: 'both' })],
    ['noise within it', local(fga(), { stops: false })],
    ['learned feedback within it', local(kp())],
    ['rules for layers', perLayer({}, local(fa()))],
    ['a schedule', scheduled([{ until: 3, rule: dfa() }, { rule: local(fgw()) }])],
  ])('goes on from a saved model with %s, bit for bit', async (_what, rule) => {
    const whole = started(zoo.dense, rule);
    await steps(whole.model, zoo.dense, 12);
    const half = started(zoo.dense, rule);
    await steps(half.model, zoo.dense, 6);
    let saved: unknown;
    await half.model.save({
      save: async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      },
    });
    half.handle.revert();
    const again = await loadLayersModel({ load: async () => saved as never });
    again.compile({ optimizer: tf.train.sgd(0.1), loss });
    expect(again.getWeights()).toHaveLength(whole.model.getWeights().length);
    restore(again, { ...rules, ...combinators });
    await steps(again, zoo.dense, 6, 6);
    expect(weightsOf(again)).toEqual(weightsOf(whole.model));
  });

  it('an example whose units are all silent teaches nothing out of measure', () => {
    const model = sequential({
      layers: [
        layers.dense({ units: 4, activation: 'relu', inputShape: [3] }),
        layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    const x = tf.tensor2d([-1, -1, -1, 1, 1, 1, 1, 0, 1, 0, 1, 1], [4, 3]);
    model.layers[0].setWeights([tf.ones([3, 4]), tf.zeros([4])]);
    const network = trace(model);
    const rule = local(bp(), { loss: 'similarity' });
    const state = heldTree(() => rule.init(network, createRng(5)));
    tf.tidy(() => {
      const pass = passOf(network, { x, y: tf.oneHot([0, 1, 0, 1], 2) }, rule as FeedbackRule, state);
      for (const { gradient } of pass.gradients()) {
        expect(tf.max(tf.abs(gradient.compute())).dataSync()[0]).toBeLessThan(20);
      }
    });
  });

  const narrow = () =>
    sequential({
      layers: [
        layers.dense({ name: 'one', units: 4, activation: 'relu', inputShape: [3] }),
        layers.dense({ name: 'two', units: 4, activation: 'relu' }),
        layers.dense({ name: 'three', units: 2, activation: 'softmax' }),
      ],
    });
  it.each<[string, LocalOptions, string[]]>([
    ['overlap', { blocks: [['one', 'two'], ['two']] }, ["'two' is in two blocks"]],
    ['leave a layer out', { blocks: [['one']] }, ["No block has the layer 'two'"]],
    ['are empty', { blocks: [['one', 'two'], []] }, ['A block has no layers']],
    ['name a stranger', { blocks: [['one', 'two', 'tow']] }, ["'tow'", 'one, two']],
    ['name the output', { blocks: [['one', 'two', 'three']] }, ["'three'", 'one, two']],
  ])('blocks that %s are refused in one line', (_what, given, words) => {
    const model = narrow();
    model.compile({ optimizer: 'sgd', loss });
    try {
      convert(model, local(bp(), given));
      expect.unreachable();
    } catch (error) {
      const { name, message } = error as Error;
      expect(name).toBe('FeedalignError');
      expect(message).not.toContain('\n');
      for (const word of words) expect(message).toContain(word);
    }
    model.dispose();
  });
});
