// What a rule must not do: draw or compute at inference, compute what it does not need, or change what a gradient is.
import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import {
  type AnyRule,
  brsf,
  clipped,
  dfa,
  dkp,
  drtp,
  type RuleName,
  rules,
  sdfa,
  sparse,
} from '@feedalign/rules';
import { trainingEngine } from '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { built, loss } from '../src/passes.js';
import { batchFor, zoo } from '../src/zoo.js';

afterEach(() => tf.disposeVariables());

const specimen = zoo['conv with pooling'];
const batch = () => batchFor(specimen, createRng(2));
const compiled = () => {
  const model = built(specimen);
  model.compile({ optimizer: tf.train.sgd(0.01), loss });
  return model;
};
const kernelsOf = async (model: LayersModel, x: tf.Tensor) => {
  const { kernelNames, result } = await tf.profile(() => model.predict(x) as tf.Tensor);
  return { kernelNames, values: (result as tf.Tensor).dataSync() };
};

describe.each<BackendName>(['wasm', 'cpu'])('inference on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(Object.keys(rules) as RuleName[])('under %s costs what it costs without', async (name) => {
    const { x, y } = batch();
    const [plain, model] = [compiled(), compiled()];
    const expected = await kernelsOf(plain, x);
    convert(model, rules[name].make());
    const found = await kernelsOf(model, x);
    expect(found.kernelNames).toEqual(expected.kernelNames);
    expect(found.kernelNames.length).toBeGreaterThan(5);
    expect(found.values).toEqual(expected.values);
    await model.trainOnBatch(x, y);
    expect((await kernelsOf(model, x)).kernelNames).toEqual(expected.kernelNames);
  });
});

describe('sizes that are drawn in each step', () => {
  beforeAll(async () => {
    await useBackend('wasm');
    // What a recording draws is not seen from JavaScript.
    tf.env().set('WASM_TRAINING_RECORDING', false);
  });
  afterAll(() => tf.env().set('WASM_TRAINING_RECORDING', true));

  it('are drawn in training, once for each kernel, and never by predict or evaluate', async () => {
    expect(trainingEngine()).toBeDefined();
    const { x, y } = batch();
    const model = compiled();
    const { network } = convert(model, brsf());
    const passed = network.units.filter((unit) => unit.below.length > 0).length;
    const noises = async (act: () => unknown) => {
      const engine = tf.engine() as unknown as { runKernel: (...given: unknown[]) => unknown };
      const stock = engine.runKernel;
      let count = 0;
      engine.runKernel = (...given) => {
        if (given[0] === 'FeedalignNoise') count++;
        return stock.apply(engine, given);
      };
      await act();
      engine.runKernel = stock;
      return count;
    };
    for (let step = 0; step < 3; step++) {
      expect(await noises(() => model.trainOnBatch(x, y))).toBe(passed);
      expect(await noises(() => model.predict(x))).toBe(0);
      expect(await noises(() => model.evaluate(x, y))).toBe(0);
    }
  });
});

describe('the direct rules', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });

  it.each<[string, AnyRule]>([
    ['dfa', dfa()],
    ['dfa, its matrix shared', dfa({ feedback: 'shared' })],
    ['sdfa', sdfa()],
    ['sparse', sparse()],
    ['drtp', drtp()],
    ['dkp', dkp()],
    ['clipped dfa', clipped(dfa())],
  ])('%s: no gradient by the input of a layer with a kernel', async (_name, rule) => {
    const { x, y } = batch();
    const model = compiled();
    const { network } = convert(model, rule);
    let asked = 0;
    for (const { operation } of network.nodes) {
      if (!operation.kernel) continue;
      const { inputGradient } = operation;
      Object.assign(operation, {
        inputGradient: (...given: Parameters<typeof inputGradient>) => {
          asked++;
          return inputGradient(...given);
        },
      });
    }
    await model.trainOnBatch(x, y);
    expect(asked).toBe(0);
  });
});

describe('the gradient by the input', () => {
  beforeAll(async () => {
    // Where tfjs' own gradients are complete.
    await useBackend('cpu');
  });

  it.each(Object.keys(rules) as RuleName[])(
    'of a model under %s is the true one, for the present input',
    async (name) => {
      const { x, y } = batch();
      const [model, twin] = [compiled(), compiled()];
      const handle = convert(model, rules[name].make());
      for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
      twin.setWeights(model.getWeights());
      const attack = (of: LayersModel) =>
        tf.grad((input: tf.Tensor) => tf.sum(tf.mul(of.predict(input) as tf.Tensor, y)));
      for (const at of [x, tf.neg(x)]) {
        const found = attack(model)(at).dataSync();
        expect(found).toEqual(attack(twin)(at).dataSync());
        expect(found.some((value) => value !== 0)).toBe(true);
      }
      handle.revert();
    },
  );
});
