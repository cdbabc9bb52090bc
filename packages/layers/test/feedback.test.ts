import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@feedalign/backend';
import { tensorsOf } from '@feedalign/core';
import { fileSystem } from '@feedalign/models/node';
import {
  type AnyRule,
  brsf,
  clipped,
  combinators,
  dfa,
  dkp,
  fa,
  frsf,
  ifa,
  kp,
  normalized,
  perLayer,
  rules,
  scheduled,
  wm,
} from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { convert, describe as describeNetwork, restore } from '../src/index.js';
import { decodedTree, encodedTree } from '../src/saved-state.js';
import { difference, examples, network, weightsOf } from './support.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const compiled = (model: LayersModel, optimizer: tf.Optimizer | string = 'sgd') => {
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
};
const train = async (model: LayersModel, steps = 3) => {
  const { x, y } = examples();
  for (let i = 0; i < steps; i++) await model.trainOnBatch(x, y);
};
const file = () => join(mkdtempSync(join(tmpdir(), 'feedalign-')), 'model.json');
const headOf = (model: LayersModel) => model.layers[model.layers.length - 1].name;

describe('feedback that cannot be drawn again travels with a saved model', () => {
  const given = () => tf.randomNormal([8, 4], 0, 1, 'float32', 1);
  const cases: [string, (model: LayersModel) => AnyRule][] = [
    ['values that were given', (model) => fa({ values: { [headOf(model)]: given() } })],
    ['values beside a seed', (model) => fa({ values: { [headOf(model)]: tf.ones([8, 4]) }, store: 'seed' })],
    ['a copy of the first weights', () => fa({ distribution: 'weights' })],
    ['kp', () => kp({ decay: 0.01 })],
    ['dkp', () => dkp()],
    ['wm', () => wm({ phases: 3, every: 2 })],
    [
      'kp within others',
      () => scheduled([{ until: 4, rule: normalized(kp()) }, { rule: clipped(wm({ phases: 1 })) }]),
    ],
    ['a rule for each layer', (model) => perLayer({ [model.layers[0].name]: kp() }, brsf())],
    ['what is drawn each step', () => brsf()],
    ['what is drawn from the seed', () => dfa({ store: 'seed', feedback: 'shared' })],
  ];

  it.each(cases)('%s: restore goes on bit for bit', async (_what, make) => {
    const model = compiled(network({ dropout: true }), tf.train.adam(0.01));
    const handle = convert(model, make(model), { seed: 9 });
    await train(model);
    const path = file();
    await model.save(fileSystem(path), { includeOptimizer: true });
    await train(model);

    const loaded = await loadLayersModel(fileSystem(path));
    const again = restore(loaded, { ...rules, ...combinators });
    expect(again.rule.options).toEqual(handle.rule.options);
    await train(loaded);
    expect(difference(weightsOf(loaded), weightsOf(model))).toBe(0);
    const numbers = (state: never) => tensorsOf(state).map(([path, tensor]) => [path, tensor.dataSync()]);
    expect(numbers(again.state as never)).toEqual(numbers(handle.state as never));
    // And once more from there.
    const second = file();
    await loaded.save(fileSystem(second), { includeOptimizer: true });
    const third = await loadLayersModel(fileSystem(second));
    restore(third, { ...rules, ...combinators });
    await train(loaded, 1);
    await train(third, 1);
    expect(difference(weightsOf(third), weightsOf(loaded))).toBe(0);
  });

  it('and nothing else does: other rules’ files hold no feedback', () => {
    for (const rule of [fa(), dfa(), frsf(), ifa(), normalized(dfa())] as AnyRule[]) {
      const model = network();
      const handle = convert(model, rule);
      expect(model.getUserDefinedMetadata()).not.toHaveProperty('feedalign.state');
      handle.revert();
    }
    const model = network();
    convert(model, kp());
    expect(model.getUserDefinedMetadata()).toHaveProperty('feedalign.state');
  });

  it('is freed by revert, variables too', async () => {
    const { x, y } = examples();
    for (const rule of [kp(), wm({ phases: 1 }), dkp(), perLayer({}, kp())] as AnyRule[]) {
      const model = compiled(network());
      await model.trainOnBatch(x, y);
      const before = tf.memory().numTensors;
      const handle = convert(model, rule);
      await model.trainOnBatch(x, y);
      handle.revert();
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

describe('a tree of tensors as JSON', () => {
  it('comes back bit for bit, with what stands between', () => {
    const tree = {
      a: tf.tensor2d([
        [1.1, -0],
        [Number.NaN, 1e-40],
      ]),
      deep: [tf.variable(tf.tensor1d([3e38]), false), null, { seed: { key: [1, 2], counter: 3 }, name: 'x' }],
      empty: tf.zeros([0, 3]),
      large: tf.randomUniform([70, 70]),
    };
    const written = JSON.parse(JSON.stringify(encodedTree(tree as never)));
    const again = decodedTree(written) as unknown as typeof tree;
    for (const [path, tensor] of tensorsOf(tree as never)) {
      const found = tensorsOf(again as never).find(([other]) => other === path)?.[1] as tf.Tensor;
      expect(found.shape).toEqual(tensor.shape);
      expect(found.dataSync()).toEqual(tensor.dataSync());
      expect(found instanceof tf.Variable).toBe(tensor instanceof tf.Variable);
    }
    expect(again.deep.slice(1)).toEqual(tree.deep.slice(1));
  });
});

describe("store: 'seed'", () => {
  it.each<[string, (store: 'tensor' | 'seed') => AnyRule]>([
    ['fa', (store) => fa({ store })],
    ['dfa', (store) => dfa({ store })],
    ['dfa, shared', (store) => dfa({ store, feedback: 'shared' })],
    ['frsf', (store) => frsf({ store })],
    ['ifa', (store) => ifa({ store })],
  ])('%s: trains to the same bits, and the report says no bytes', async (_name, make) => {
    const [kept, drawn] = [compiled(network()), compiled(network())];
    const [a, b] = [convert(kept, make('tensor'), { seed: 3 }), convert(drawn, make('seed'), { seed: 3 })];
    await train(kept, 5);
    await train(drawn, 5);
    expect(difference(weightsOf(drawn), weightsOf(kept))).toBe(0);
    expect(describeNetwork(a.network, a.rule, a.state).feedbackBytes).toBeGreaterThan(0);
    expect(describeNetwork(b.network, b.rule, b.state).feedbackBytes).toBe(0);
  });

  it('says what is frozen, and that the model scales its inputs', () => {
    const model = sequential({
      layers: [
        layers.rescaling({ scale: 1 / 255, inputShape: [4] } as never),
        layers.dense({ units: 5, trainable: false, name: 'kept' }),
        layers.dense({ units: 3, name: 'head' }),
      ],
    });
    const { network, rule, state } = convert(model, fa());
    const { units, warnings } = describeNetwork(network, rule, state);
    expect(units.map(({ unit, parameters, isFrozen }) => [unit, parameters, isFrozen])).toEqual([
      ['kept', 0, true],
      ['head', 18, false],
    ]);
    expect(warnings).toEqual([expect.stringMatching(/scales its inputs itself \(rescaling/)]);
  });
});
