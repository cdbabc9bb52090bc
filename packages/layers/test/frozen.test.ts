// A BatchNormalization that is frozen uses its moving statistics and keeps them, as in Keras since 2.3.
import { useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule, forward } from '@feedalign/core';
import { bp, dfa } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { convert, trace } from '../src/index.js';
import { difference, weightsOf } from './support.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const normal = (shape: number[], seed = 1) =>
  tf.tensor(createRng(seed).normal(shape.reduce((size, dimension) => size * dimension, 1)), shape);

type Layer = layers.Layer;
type Settings = NonNullable<Parameters<typeof layers.batchNormalization>[0]>;

/** The weights by their places, but for the moving mean, 5, and variance, 4. */
function filled(model: LayersModel): LayersModel {
  tf.tidy(() =>
    model.setWeights(
      model.weights.map(({ shape, originalName }, i) => {
        if (originalName.endsWith('moving_mean')) return tf.fill(shape as number[], 5);
        if (originalName.endsWith('moving_variance')) return tf.fill(shape as number[], 4);
        return normal(shape as number[], 20 + i);
      }),
    ),
  );
  return model;
}

const widths: Readonly<Record<string, { readonly shape: number[]; readonly body: () => Layer }>> = {
  'rank 2': { shape: [5], body: () => layers.dense({ units: 4, activation: 'tanh', inputShape: [5] }) },
  'rank 3': {
    shape: [6, 2],
    body: () => layers.conv1d({ filters: 3, kernelSize: 2, activation: 'tanh', inputShape: [6, 2] }),
  },
  'rank 4': {
    shape: [5, 4, 2],
    body: () => layers.conv2d({ filters: 3, kernelSize: 2, activation: 'tanh', inputShape: [5, 4, 2] }),
  },
};

const affine: Readonly<Record<string, Settings>> = {
  'scale and shift': {},
  'neither scale nor shift': { scale: false, center: false },
  'scale alone': { center: false },
};

/** Ways of putting a normalization into a model, and of freezing it there. */
const places: Readonly<
  Record<string, (norm: Layer, inputShape: number[]) => { layer: Layer; freeze(): void }>
> = {
  'by itself': (norm) => ({
    layer: norm,
    freeze: () => {
      norm.trainable = false;
    },
  }),
  'in a nested model': (norm, inputShape) => {
    const inner = sequential({ layers: [layers.activation({ activation: 'linear', inputShape }), norm] });
    return {
      layer: inner,
      freeze: () => {
        inner.trainable = false;
      },
    };
  },
  'in a model that is nested in one': (norm, inputShape) => {
    const inner = sequential({ layers: [layers.activation({ activation: 'linear', inputShape }), norm] });
    const outer = sequential({ layers: [inner] });
    return {
      layer: outer,
      freeze: () => {
        outer.trainable = false;
      },
    };
  },
};

function made(width: string, settings: Settings, place: string) {
  const { shape, body } = widths[width];
  const below = body();
  const inputShape = (below.computeOutputShape([null as never, ...shape]) as number[]).slice(1);
  const norm = layers.batchNormalization(settings);
  const { layer, freeze } = places[place](norm, inputShape);
  const head = layers.dense({ units: 2 });
  const model = filled(
    sequential({ layers: [below, layer, ...(inputShape.length > 1 ? [layers.flatten()] : []), head] }),
  );
  return { model, below, norm, head, freeze, x: normal([6, ...shape]), y: normal([6, 2], 3) };
}

/** What the model predicts: (h − 5) ⁄ √(4 + ε), scaled and shifted by what the normalization has. */
function byHand(below: Layer, norm: Layer, head: Layer, x: tf.Tensor): tf.Tensor {
  const [scale, shift] = ['gamma', 'beta'].map((name) =>
    norm.weights.find(({ originalName }) => originalName.endsWith(name))?.read(),
  );
  const normalized = tf.div(tf.sub(below.apply(x) as tf.Tensor, 5), Math.sqrt(4 + 1e-3));
  const y = tf.add(tf.mul(normalized, scale ?? 1), shift ?? 0);
  return head.apply(tf.reshape(y, [x.shape[0], -1])) as tf.Tensor;
}

const valuesOf = (layer: Layer) => layer.getWeights().map((weight) => weight.dataSync().slice());

describe.each(Object.keys(places))('frozen %s', (place) => {
  describe.each(Object.keys(widths))('%s', (width) => {
    it.each(Object.entries(affine))(
      '%s: the mean squared error goes down its own gradient',
      async (_, settings) => {
        const { model, below, norm, head, freeze, x, y } = made(width, settings, place);
        freeze();
        model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
        const learning = [below, head].flatMap((layer) =>
          layer.weights.map((weight) => weight.read() as tf.Variable),
        );
        const before = learning.map((variable) => variable.dataSync().slice());
        const kept = valuesOf(norm);
        const { grads, value } = tf.variableGrads(
          () => tf.losses.meanSquaredError(y, byHand(below, norm, head, x)) as tf.Scalar,
          learning,
        );
        const handle = convert(model, bp());
        expect((await model.trainOnBatch(x, y)) as number).toBeCloseTo(value.dataSync()[0], 3);
        for (const [i, variable] of learning.entries()) {
          const expected = before[i].map((each, at) => each - 0.1 * grads[variable.name].dataSync()[at]);
          expect(difference([variable.dataSync()], [expected])).toBeLessThan(1e-5);
        }
        for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
        expect(valuesOf(norm)).toEqual(kept);
        handle.revert();
      },
    );
  });

  it('what `fit` says of a batch is what `evaluate` says of it', async () => {
    const { model, freeze, x, y } = made('rank 4', {}, place);
    freeze();
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    convert(model, dfa() as FeedbackRule);
    const evaluated = (model.evaluate(x, y) as tf.Scalar).dataSync()[0];
    expect(await model.trainOnBatch(x, y)).toBeCloseTo(evaluated, 4);
  });

  it('the old way is that of stock tfjs', async () => {
    const [stock, ours] = [made('rank 4', {}, place), made('rank 4', {}, place)];
    for (const { model, freeze } of [stock, ours]) {
      freeze();
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    }
    convert(ours.model, bp(), { frozenStatistics: 'batch' });
    for (let step = 0; step < 3; step++) {
      await stock.model.trainOnBatch(stock.x, stock.y);
      await ours.model.trainOnBatch(ours.x, ours.y);
    }
    expect(difference(weightsOf(ours.model), weightsOf(stock.model))).toBeLessThan(1e-4);
    expect(valuesOf(ours.norm)[2][0]).not.toBeCloseTo(5, 2);
  });

  it('is asked in each step; a weight of a frozen model says that it does not learn', () => {
    const { model, norm, freeze, x } = made('rank 2', {}, place);
    const network = trace(model);
    const before = valuesOf(norm);
    const pass = () =>
      tf.tidy(() => forward(network, [x], { training: true }).records.at(-1)?.output.dataSync());
    freeze();
    const frozen = pass();
    expect(difference([frozen as never], [(model.predict(x) as tf.Tensor).dataSync()])).toBeLessThan(1e-4);
    expect(valuesOf(norm)).toEqual(before);
    const [gamma] = network.nodes.flatMap(({ operation, className }) =>
      className === 'BatchNormalization' ? operation.parameters : [],
    );
    expect(gamma.trainable).toBe(false);
  });
});

it('moves again once it is not frozen any more', async () => {
  const { model, norm, x, y } = made('rank 4', {}, 'by itself');
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  convert(model, bp());
  norm.trainable = false;
  await model.trainOnBatch(x, y);
  expect(valuesOf(norm)[2][0]).toBe(5);
  norm.trainable = true;
  await model.trainOnBatch(x, y);
  expect(valuesOf(norm)[2][0]).not.toBe(5);
});

it('one of two models that share nothing is not frozen with the other', async () => {
  const [a, b] = [made('rank 2', {}, 'in a nested model'), made('rank 2', {}, 'in a nested model')];
  a.freeze();
  for (const { model, x, y } of [a, b]) {
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    convert(model, bp());
    await model.trainOnBatch(x, y);
  }
  expect(valuesOf(a.norm)[2][0]).toBe(5);
  expect(valuesOf(b.norm)[2][0]).not.toBe(5);
});

it('one of a class of one’s own, or within another layer, is as it is when it predicts', async () => {
  const own = layers.batchNormalization({});
  class Own extends (own.constructor as unknown as new () => Layer) {
    static className = 'Own';
  }
  const within = layers.timeDistributed({ layer: layers.batchNormalization({}) });
  for (const norm of [new Own(), within]) {
    const body = layers.dense({ units: 4, activation: 'tanh', inputShape: [6, 3] });
    const model = filled(sequential({ layers: [body, norm, layers.flatten(), layers.dense({ units: 2 })] }));
    const [x, y] = [normal([6, 6, 3]), normal([6, 2], 3)];
    norm.trainable = false;
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    const handle = convert(model, bp());
    const [evaluated, kept] = [(model.evaluate(x, y) as tf.Scalar).dataSync()[0], valuesOf(norm)];
    expect((await model.trainOnBatch(x, y)) as number).toBeCloseTo(evaluated, 3);
    expect(valuesOf(norm)).toEqual(kept);
    handle.revert();
  }
});

it('a recurrent layer that is frozen after `compile` learns, as in stock tfjs, whose freezing does not reach its cell', async () => {
  const trained = async (isConverted: boolean) => {
    const body = layers.lstm({ units: 3, recurrentInitializer: 'glorotUniform', inputShape: [4, 2] });
    const model = filled(sequential({ layers: [body, layers.dense({ units: 2 })] }));
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const handle = isConverted ? convert(model, bp()) : undefined;
    body.trainable = false;
    for (let step = 0; step < 3; step++) await model.trainOnBatch(normal([6, 4, 2]), normal([6, 2], 3));
    const weights = model.layers.flatMap(valuesOf);
    handle?.revert();
    return weights;
  };
  expect(difference(await trained(true), await trained(false))).toBeLessThan(1e-4);
});

it.each(['sgd', 'momentum', 'adam'])(
  'what is frozen after `compile`, and later not, learns when it does in stock tfjs: %s',
  async (name) => {
    const optimizers = {
      sgd: () => tf.train.sgd(0.1),
      momentum: () => tf.train.momentum(0.05, 0.9),
      adam: () => tf.train.adam(0.01),
    };
    const trained = async (isConverted: boolean) => {
      const body = layers.dense({ units: 3, activation: 'tanh', inputShape: [4] });
      const model = filled(sequential({ layers: [body, layers.dense({ units: 2 })] }));
      model.compile({ optimizer: optimizers[name as 'sgd'](), loss: 'meanSquaredError' });
      const handle = isConverted ? convert(model, bp()) : undefined;
      for (let step = 0; step < 6; step++) {
        body.trainable = step < 2 || step > 3;
        await model.trainOnBatch(normal([6, 4]), normal([6, 2], 3));
      }
      const weights = model.layers.flatMap(valuesOf);
      handle?.revert();
      return weights;
    };
    expect(difference(await trained(true), await trained(false))).toBeLessThan(1e-4);
  },
);
