// tfjs' `fit` of a converted model: callbacks of every form, and losses that are not finite.
import { bp, dfa } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import {
  Callback,
  type CustomCallbackArgs,
  callbacks,
  input,
  type LayersModel,
  layers,
  model as modelOf,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { convert } from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterEach(() => tf.disposeVariables());

const rows = 12;
function compiled(): LayersModel {
  const model = sequential({
    layers: [
      layers.dense({
        units: 4,
        activation: 'tanh',
        inputShape: [3],
        name: 'first',
        kernelInitializer: 'ones',
      }),
      layers.dense({ units: 2, activation: 'softmax', name: 'last' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  return model;
}
const inputs = (broken?: { row: number; value: number }) =>
  tf.tensor2d(
    Float32Array.from({ length: rows * 3 }, (_, i) =>
      broken && i === broken.row * 3 + 1 ? broken.value : Math.sin(i),
    ),
    [rows, 3],
  );
const targets = (value = 1) =>
  tf.tensor2d(
    Float32Array.from({ length: rows * 2 }, (_, i) => (i % 4 === 0 || i % 4 === 3 ? value : 0)),
    [rows, 2],
  );
const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);

describe('callbacks of a converted model', () => {
  const early = () => callbacks.earlyStopping({ monitor: 'loss', patience: 1 });
  class Own extends Callback {
    calls = 0;
    override async onEpochEnd() {
      this.calls++;
    }
  }
  type Kind = 'plain' | 'early' | 'own';
  const kinds: readonly Kind[] = ['plain', 'early', 'own'];
  const orders: Kind[][] = kinds.flatMap((a) => [
    [a],
    ...kinds.flatMap((b) => [[a, b], ...kinds.map((c) => [a, b, c])]),
  ]);

  it.each(orders.map((order) => [order.join(', '), order] as const))('%s', async (_name, order) => {
    const model = compiled();
    convert(model, dfa());
    let plainCalls = 0;
    const own = new Own();
    const made = {
      plain: () => ({
        onBatchEnd: () => {
          plainCalls++;
        },
      }),
      early,
      own: () => own,
    };
    const list = order.map((kind) => made[kind]()) as CustomCallbackArgs[];
    const { epoch } = await model.fit(inputs(), targets(), {
      epochs: 2,
      batchSize: 4,
      verbose: 0,
      callbacks: list,
    });
    expect(epoch).toEqual([0, 1]);
    expect(plainCalls).toBe(6 * order.filter((kind) => kind === 'plain').length);
    expect(own.calls).toBe(2 * order.filter((kind) => kind === 'own').length);
  });

  it('one alone, of either kind, and early stopping that stops', async () => {
    const model = compiled();
    const handle = convert(model, bp());
    const own = new Own();
    await model.fit(inputs(), targets(), { epochs: 1, verbose: 0, callbacks: own as never });
    expect(own.calls).toBe(1);
    model.optimizer = tf.train.sgd(0);
    const logs: number[] = [];
    const { epoch } = await model.fit(inputs(), targets(), {
      epochs: 9,
      verbose: 0,
      callbacks: [{ onEpochEnd: (each: number) => void logs.push(each) }, early() as CustomCallbackArgs],
    });
    expect(epoch).toEqual([0, 1]);
    expect(logs).toEqual([0, 1]);
    handle.revert();
    expect(Object.hasOwn(model, 'fit') || Object.hasOwn(model, 'fitDataset')).toBe(false);
  });
});

describe('a loss that is not finite under fit', () => {
  const throwing: CustomCallbackArgs = {
    onBatchEnd: () => {
      throw new Error('enough');
    },
  };
  const fitted = async (x: tf.Tensor, y: tf.Tensor, more: object = {}) => {
    const model = compiled();
    convert(model, dfa(), { seed: 3 });
    const start = weightsOf(model);
    let epochs = 0;
    const before = tf.memory().numTensors;
    const error = await model
      .fit(x, y, {
        epochs: 3,
        batchSize: 4,
        verbose: 0,
        callbacks: { onEpochEnd: () => void epochs++ },
        ...more,
      })
      .catch((reason) => reason);
    return { model, error, epochs, start, leaked: tf.memory().numTensors - before };
  };

  it.each([
    ['shuffled', true],
    ['in order', false],
  ])('is an error with the row of the data, %s', async (_name, shuffle) => {
    const { error, model } = await fitted(inputs({ row: 7, value: Number.NaN }), targets(), { shuffle });
    expect(error).toMatchObject({
      name: 'DivergedError',
      code: 'not-finite',
      rule: 'dfa',
      layer: 'first_input',
    });
    expect(error.row).toEqual({ row: 7, within: 'data', part: 'inputs' });
    expect(error.message).toContain(
      "beginning in the layer 'first_input': the inputs in row 7 of the data are not finite",
    );
    expect(error.message).not.toContain('learning rate');
    expect(weightsOf(model).flat().every(Number.isFinite)).toBe(true);
  });

  it('names targets', async () => {
    const { error } = await fitted(inputs(), targets(Number.POSITIVE_INFINITY), { shuffle: false });
    expect(error.row).toEqual({ row: 0, within: 'data', part: 'targets' });
  });

  it('says the batch where the data are not known by rows, and leaves the model to be fitted again', async () => {
    const { error, model } = await fitted(inputs({ row: 2, value: Number.NaN }), targets(), {
      batchSize: rows,
    });
    expect(error.row?.row).toBe(2);
    const { epoch } = await model.fit(inputs(), targets(), { epochs: 2, verbose: 0 });
    expect(epoch).toEqual([0, 1]);
  });

  it('ends the run at its end where it is the last step, with weights as they were', async () => {
    const { error, model, start } = await fitted(inputs({ row: 7, value: Number.NaN }), targets(), {
      epochs: 1,
      batchSize: rows,
    });
    expect(error.name).toBe('DivergedError');
    expect(weightsOf(model)).toEqual(start);
  });

  it('is answered by the learning rate only where the data are finite', async () => {
    const model = compiled();
    model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, 3e38)));
    convert(model, bp());
    const error = await model.fit(inputs(), targets(), { epochs: 1, verbose: 0 }).catch((reason) => reason);
    expect(error).toMatchObject({ name: 'DivergedError', row: undefined });
    expect(error.message).toContain('Lower the learning rate');
  });

  it('leaks nothing, in a run that ends well and in one that does not', async () => {
    const [x, broken, y] = [inputs(), inputs({ row: 7, value: Number.NaN }), targets()];
    await fitted(x, y);
    expect((await fitted(x, y)).leaked).toBe(0);
    expect((await fitted(broken, y)).error.name).toBe('DivergedError');
  });

  it('ends fitDataset too, and a model with two outputs, and leaves what tfjs leaves where a callback throws', async () => {
    const made = () => {
      const at = input({ shape: [3] });
      const heads = [1, 2].map((units) => layers.dense({ units }).apply(at) as SymbolicTensor);
      const model = modelOf({ inputs: at, outputs: heads });
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      return model;
    };
    const batch = (value: number) => ({
      xs: inputs(),
      ys: [tf.ones([rows, 1]), tf.fill([rows, 2], value)],
    });
    /** The error of a run over a batch that is not finite and one that is, and how many tensors it leaves. */
    const run = async (model: LayersModel, callbacks?: CustomCallbackArgs) => {
      const rest = [batch(Number.NaN), batch(1)];
      const next = async () => (rest.length > 0 ? { value: rest.shift(), done: false } : { done: true });
      const before = tf.memory().numTensors;
      const options = { epochs: 1, verbose: 0, callbacks } as never;
      const error = await model
        .fitDataset({ size: 2, iterator: async () => ({ next }) } as never, options)
        .catch((reason: unknown) => reason);
      return { error, left: tf.memory().numTensors - before };
    };
    const model = made();
    convert(model, bp());
    const weights = weightsOf(model);
    const { error, left } = await run(model);
    expect(error).toMatchObject({ name: 'DivergedError', row: { row: 0, within: 'batch', part: 'targets' } });
    expect(weightsOf(model)).toEqual(weights);
    expect(left).toBe((await run(made(), throwing)).left);
  });

  it('leaves no more tensors than tfjs itself does where a callback throws', async () => {
    const [x, y] = [inputs({ row: 7, value: Number.NaN }), targets()];
    const left = async (model: LayersModel, callbacks?: CustomCallbackArgs) => {
      const options = { epochs: 2, batchSize: rows, verbose: 0 as const, callbacks };
      const failed = () =>
        model.fit(x, y, options).then(
          () => false,
          () => true,
        );
      expect(await failed()).toBe(true);
      const before = tf.memory().numTensors;
      expect(await failed()).toBe(true);
      return tf.memory().numTensors - before;
    };
    const ours = compiled();
    convert(ours, dfa());
    expect(await left(ours)).toBe(await left(compiled(), throwing));
  });

  it('of the validation data is no error: nothing learns from them', async () => {
    const model = compiled();
    convert(model, dfa());
    const validationData = [inputs({ row: 1, value: Number.NaN }), targets()] as [tf.Tensor, tf.Tensor];
    const { history } = await model.fit(inputs(), targets(), { epochs: 1, verbose: 0, validationData });
    expect(history.val_loss[0]).toBeNaN();
  });

  it('is let alone by a callback that gives the model back, stops it, or trains it beside', async () => {
    const [x, y] = [inputs(), targets()];
    const model = compiled();
    const handle = convert(model, dfa());
    await model.fit(x, y, {
      epochs: 2,
      batchSize: 4,
      verbose: 0,
      callbacks: { onBatchEnd: () => handle.revert() },
    });
    expect(Object.hasOwn(model, 'fit')).toBe(false);
    const other = compiled();
    convert(other, dfa());
    const { epoch } = await other.fit(x, y, {
      epochs: 3,
      batchSize: 4,
      verbose: 0,
      yieldEvery: 'never',
      callbacks: {
        onBatchEnd: async (batch: number) => {
          expect(await other.trainOnBatch(x, y)).toBeGreaterThan(0);
          if (batch === 1) other.stopTraining = true;
        },
      },
    });
    expect(epoch).toEqual([0]);
    expect(await other.fit(x, y, { verbose: 0, callbacks: null as never })).toMatchObject({ epoch: [0] });
  });

  it('is returned by trainOnBatch as in tfjs, which gives each loss to its caller', async () => {
    const model = compiled();
    convert(model, dfa());
    expect(await model.trainOnBatch(inputs({ row: 1, value: Number.NaN }), targets())).toBeNaN();
    expect(await model.trainOnBatch(inputs(), targets())).toBeGreaterThan(0);
  });
});
