import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@feedalign/backend';
import type { FeedalignError, FeedbackRule } from '@feedalign/core';
import { fileSystem } from '@feedalign/models/node';
import { bp, dfa, fa, frozen, rules } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import {
  CustomCallback,
  callbacks,
  model as functional,
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { convert, restore } from '../src/index.js';
import { difference, examples, network, weightsOf } from './support.js';

const loss = 'categoricalCrossentropy';
const compiled = (model: LayersModel, optimizer: tf.Optimizer | string = 'sgd') => {
  model.compile({ optimizer, loss, metrics: ['accuracy'] });
  return model;
};

beforeAll(async () => {
  // The stock side needs a backend that can train a convolution.
  await useBackend('cpu');
});

describe('after convert, the model is as before but for how it learns', () => {
  it.each([
    ['sgd', () => tf.train.sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.05, 0.9)],
    ['rmsprop', () => tf.train.rmsprop(0.01)],
    ['adam', () => tf.train.adam(0.01)],
    ['adagrad', () => tf.train.adagrad(0.05)],
    ['adadelta', () => tf.train.adadelta(0.5)],
    ['adamax', () => tf.train.adamax(0.01)],
  ])('fit by BP with %s does what stock fit does', async (_name, optimizer) => {
    const { x, y } = examples();
    const [stock, ours] = [compiled(network(), optimizer()), compiled(network(), optimizer())];
    convert(ours, bp());
    const options = { epochs: 3, batchSize: 7, shuffle: false, validationSplit: 0.25, verbose: 0 as const };
    const expected = await stock.fit(x, y, options);
    const history = await ours.fit(x, y, options);
    expect(Object.keys(history.history)).toEqual(Object.keys(expected.history));
    for (const [name, values] of Object.entries(expected.history)) {
      for (const [epoch, value] of values.entries()) {
        expect(history.history[name][epoch]).toBeCloseTo(value as number, 4);
      }
    }
    expect(difference(weightsOf(ours), weightsOf(stock))).toBeLessThan(1e-4);
  });

  it('takes class weights as tfjs does', async () => {
    const { x, y } = examples();
    const [stock, ours] = [compiled(network()), compiled(network())];
    convert(ours, bp());
    const options = {
      epochs: 2,
      shuffle: false,
      classWeight: { 0: 0.2, 1: 3, 2: 1, 3: 0.5 },
      verbose: 0 as const,
    };
    await stock.fit(x, y, options);
    await ours.fit(x, y, options);
    expect(difference(weightsOf(ours), weightsOf(stock))).toBeLessThan(1e-4);
  });

  it('takes class weights under a loss that is one number for the batch, with several outputs too', async () => {
    const scalar = (y: tf.Tensor, p: tf.Tensor) => tf.losses.meanSquaredError(y, p) as tf.Tensor;
    const { x, y } = examples();
    const made = () => {
      const body = network();
      const [output] = body.outputs;
      const second = layers.dense({ units: 4, kernelInitializer: 'ones' }).apply(output) as typeof output;
      const model = functional({ inputs: body.inputs, outputs: [output, second] });
      model.compile({ optimizer: tf.train.sgd(0.1), loss: [scalar, 'meanSquaredError'] as never });
      return model;
    };
    const [stock, ours] = [made(), made()];
    convert(ours, bp());
    const weights = { 0: 0.2, 1: 3, 2: 1, 3: 0.5 };
    const options = { epochs: 2, shuffle: false, classWeight: [weights, weights], verbose: 0 as const };
    await stock.fit(x, [y, y], options);
    await ours.fit(x, [y, y], options);
    expect(difference(weightsOf(ours), weightsOf(stock))).toBeLessThan(1e-4);
  });

  it('weights of single examples are refused by tfjs, before and after', async () => {
    const { x, y } = examples();
    const ours = compiled(network());
    const fit = () => ours.fit(x, y, { sampleWeight: tf.ones([24]), verbose: 0 });
    await expect(fit()).rejects.toThrow(/sample weight is not supported/);
    convert(ours, bp());
    await expect(fit()).rejects.toThrow(/sample weight is not supported/);
  });

  it('serves fitDataset, EarlyStopping and custom callbacks', async () => {
    const { x, y } = examples();
    const model = compiled(network(), tf.train.sgd(0));
    convert(model, dfa());
    const dataset = { size: 1, iterator: async () => once({ xs: x.clone(), ys: y.clone() }) };
    let epochs = 0;
    const custom = new CustomCallback({ onEpochEnd: async () => void epochs++ });
    const stopping = callbacks.earlyStopping({ monitor: 'val_loss', patience: 1, minDelta: 0.5 });
    await model.fitDataset(dataset as never, {
      epochs: 10,
      validationData: [x, y] as never,
      callbacks: [custom, stopping],
      verbose: 0,
    });
    expect(epochs).toBeLessThan(10);
    expect(epochs).toBeGreaterThan(0);
  });

  it('evaluates and predicts as before, and predicts what a twin predicts', () => {
    const { x, y } = examples();
    const model = compiled(network());
    const before = (model.predict(x) as tf.Tensor).dataSync();
    const [scoreBefore] = model.evaluate(x, y) as tf.Scalar[];
    convert(model, fa());
    expect((model.predict(x) as tf.Tensor).dataSync()).toEqual(before);
    expect((model.evaluate(x, y) as tf.Scalar[])[0].dataSync()).toEqual(scoreBefore.dataSync());
  });

  it('may be compiled after it was converted, and again', async () => {
    const { x, y } = examples();
    const model = network();
    const handle = convert(model, fa());
    compiled(model);
    await model.trainOnBatch(x, y);
    compiled(model, 'adam');
    await model.trainOnBatch(x, y);
    expect(handle.steps).toBe(2);
  });

  it('trains each of several outputs by its own loss', async () => {
    const build = () => {
      const x = input({ shape: [5] });
      const dense = (
        units: number,
        from: SymbolicTensor,
        seed: number,
        activation: 'tanh' | 'softmax' | 'linear',
      ) => layers.dense({ units, activation, kernelInitializer: glorot(seed) }).apply(from) as SymbolicTensor;
      const body = dense(6, x, 1, 'tanh');
      const model = functional({
        inputs: x,
        outputs: [dense(3, body, 2, 'softmax'), dense(2, body, 3, 'linear')],
      });
      model.compile({
        optimizer: tf.train.sgd(0.1),
        loss: [loss, 'meanSquaredError'],
        metrics: ['accuracy'],
      });
      return model;
    };
    const [stock, ours] = [build(), build()];
    convert(ours, bp());
    const x = tf.randomNormal([9, 5], 0, 1, 'float32', 1);
    const y = [
      tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32'),
      tf.randomNormal([9, 2], 0, 1, 'float32', 2),
    ];
    const expected = await stock.trainOnBatch(x, y);
    const found = await ours.trainOnBatch(x, y);
    for (const [i, value] of (expected as number[]).entries())
      expect((found as number[])[i]).toBeCloseTo(value, 5);
    expect(difference(weightsOf(ours), weightsOf(stock))).toBeLessThan(1e-5);
    convert(build(), dfa()).revert();
  });

  it.each([
    ['binaryCrossentropy', 'sigmoid'],
    ['meanSquaredError', 'linear'],
    ['meanAbsoluteError', 'tanh'],
    ['categoricalCrossentropy', 'sigmoid'],
  ] as const)('derives the error of %s under %s', async (name, activation) => {
    const build = () => {
      const model = sequential({
        layers: [
          layers.dense({ units: 6, activation: 'tanh', inputShape: [5], kernelInitializer: glorot(1) }),
          layers.dense({ units: 3, activation, kernelInitializer: glorot(2) }),
        ],
      });
      model.compile({ optimizer: tf.train.sgd(0.1), loss: name });
      return model;
    };
    const [stock, ours] = [build(), build()];
    convert(ours, bp());
    const x = tf.randomNormal([8, 5], 0, 1, 'float32', 3);
    const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], 'int32'), 3), 'float32');
    const [expected, found] = [await stock.trainOnBatch(x, y), await ours.trainOnBatch(x, y)];
    expect(found as number).toBeCloseTo(expected as number, 5);
    expect(difference(weightsOf(ours), weightsOf(stock))).toBeLessThan(1e-5);
  });
});

describe('revert', () => {
  it('restores the model: stock fit then gives the weights of an untouched twin, bit for bit', async () => {
    const { x, y } = examples();
    const [twin, model] = [compiled(network()), compiled(network())];
    const tensors = tf.memory().numTensors;
    convert(model, fa()).revert();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(model.getUserDefinedMetadata()).toBeUndefined();
    const options = { epochs: 2, shuffle: false, verbose: 0 as const };
    await twin.fit(x, y, options);
    await model.fit(x, y, options);
    expect(weightsOf(model)).toEqual(weightsOf(twin));
    expect(Object.keys(model).filter((key) => !Object.keys(twin).includes(key))).toEqual([]);
  });

  it('keeps the metadata that the model had, and may be called twice', () => {
    const model = compiled(network());
    model.setUserDefinedMetadata({ author: 'me' });
    const handle = convert(model, dfa());
    expect(model.getUserDefinedMetadata()).toMatchObject({ author: 'me', feedalign: { rule: 'dfa' } });
    handle.revert();
    handle.revert();
    expect(model.getUserDefinedMetadata()).toEqual({ author: 'me' });
    convert(model, bp()).revert();
  });
});

describe('saving', () => {
  const folder = () => join(mkdtempSync(join(tmpdir(), 'feedalign-')), 'model.json');

  it('writes a plain model that loads and predicts without the library', async () => {
    const { x, y } = examples();
    const model = compiled(network());
    const handle = convert(model, fa());
    await model.trainOnBatch(x, y);
    const path = folder();
    await model.save(fileSystem(path));
    handle.revert();
    const loaded = await loadLayersModel(fileSystem(path));
    expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual((model.predict(x) as tf.Tensor).dataSync());
    compiled(loaded);
    await loaded.fit(x, y, { epochs: 1, verbose: 0 });
  });

  it.each(Object.keys(rules) as (keyof typeof rules)[])(
    'restore continues %s bit for bit, dropout and Adam included',
    async (name) => {
      const { x, y } = examples();
      const steps = async (model: LayersModel) => {
        for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
      };
      const model = compiled(network({ dropout: true }), tf.train.adam(0.01));
      convert(model, rules[name].make(), { seed: 9 });
      await steps(model);
      const path = folder();
      await model.save(fileSystem(path), { includeOptimizer: true });
      await steps(model);

      const loaded = await loadLayersModel(fileSystem(path));
      const handle = restore(loaded, rules as never);
      expect(handle.rule.name).toBe(name);
      expect(handle.steps).toBe(3);
      await steps(loaded);
      expect(difference(weightsOf(loaded), weightsOf(model))).toBe(0);
    },
  );

  it('restore says so when there is nothing to restore', () => {
    expect(() => restore(network(), rules as never)).toThrowError(/carries no note/);
    const model = network();
    convert(model, fa());
    expect(() => restore(model, { bp: rules.bp } as never)).toThrowError(/'fa', which is not in the table/);
  });
});

describe('what is refused, with the model untouched', () => {
  const refusal = (act: () => unknown): FeedalignError => {
    try {
      act();
    } catch (error) {
      return error as FeedalignError;
    }
    throw new Error('nothing was refused');
  };

  it('a layer with several outputs, by name and class', () => {
    const x = input({ shape: [4, 3] });
    const [y] = layers
      .lstm({
        units: 2,
        returnState: true,
        recurrentInitializer: 'zeros',
        name: 'memory',
      })
      .apply(x) as SymbolicTensor[];
    const model = functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(y) as SymbolicTensor });
    const { code, message } = refusal(() => convert(model, fa()));
    expect(code).toBe('unsupported-layer');
    expect(message).toMatch(/'memory' \(LSTM\) has 3 outputs/);
    expect(Object.hasOwn(model, 'makeTrainFunction')).toBe(false);
  });

  it('an input without a fixed size, a second conversion, added layers', async () => {
    const anySize = sequential({
      layers: [
        layers.conv2d({ filters: 1, kernelSize: 2, inputShape: [null, null, 1] as never }),
        layers.globalAveragePooling2d({}),
      ],
    });
    expect(refusal(() => convert(anySize, fa())).message).toMatch(/not fixed/);

    const model = compiled(network()) as ReturnType<typeof sequential>;
    convert(model, fa());
    expect(refusal(() => convert(model, fa())).message).toMatch(/converted already/);
    model.add(layers.dense({ units: 2 }));
    compiled(model);
    const y = tf.zeros([2, 2]);
    await expect(model.trainOnBatch(tf.zeros([2, 6, 6, 2]), y)).rejects.toThrow(/got other layers/);
  });
});

describe('what is not asked for is not computed', () => {
  /** One step, counting how often layers with a kernel compute a gradient by their input, and by their weights. */
  const calls = async (model: LayersModel, rule: FeedbackRule) => {
    const { network } = convert(compiled(model), rule);
    const count = { byInput: 0, byKernel: 0 };
    for (const { operation } of network.nodes) {
      if (!operation.kernel) continue;
      const { inputGradient, gradients } = operation;
      Object.assign(operation, {
        inputGradient: (...given: Parameters<typeof inputGradient>) => {
          count.byInput++;
          return inputGradient(...given);
        },
        gradients: (...given: Parameters<NonNullable<typeof gradients>>) => {
          count.byKernel++;
          return gradients?.(...given);
        },
      });
    }
    const { x, y } = examples(4);
    await model.trainOnBatch(x, y);
    return count;
  };

  it('BP asks each layer above the first, DFA none; a frozen body or layer computes nothing', async () => {
    expect(await calls(network(), bp() as FeedbackRule)).toEqual({ byInput: 2, byKernel: 3 });
    expect(await calls(network(), fa() as FeedbackRule)).toEqual({ byInput: 2, byKernel: 3 });
    expect(await calls(network(), dfa() as FeedbackRule)).toEqual({ byInput: 0, byKernel: 3 });
    expect(await calls(network(), frozen() as FeedbackRule)).toEqual({ byInput: 0, byKernel: 1 });
    const partly = network();
    partly.layers[0].trainable = false;
    partly.layers[1].trainable = false;
    expect(await calls(partly, bp() as FeedbackRule)).toEqual({ byInput: 1, byKernel: 2 });
  });
});

const glorot = (seed: number) => ({ className: 'GlorotUniform', config: { seed } }) as never;

function once<T>(value: T) {
  let given = false;
  return {
    next: async () => {
      if (given) return { done: true, value: undefined };
      given = true;
      return { done: false, value };
    },
  };
}
