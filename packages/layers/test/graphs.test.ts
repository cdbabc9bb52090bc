// Models of every form, trained by backpropagation through units and by stock tfjs: the same weights come out.
import { useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule } from '@feedalign/core';
import { bp, dfa, fa, rules } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import {
  constraints,
  model as functional,
  input,
  type LayersModel,
  layers,
  regularizers,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { convert, trace } from '../src/index.js';
import { difference, weightsOf } from './support.js';

beforeAll(async () => {
  await useBackend('cpu');
});

/** A layer of one's own: y = x·√(1 + w²), known to no adapter. */
class Stretch extends layers.Layer {
  static className = 'Stretch';
  private weight?: { read(): tf.Tensor };
  override build(shape: (number | null)[]) {
    this.weight = this.addWeight('stretch', [shape.at(-1) as number], 'float32', {
      apply: (s: number[]) => tf.fill(s, 0.5),
    } as never) as never;
    super.build(shape as number[]);
  }
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    const [x] = [inputs].flat();
    return tf.tidy(() =>
      tf.mul(x, tf.sqrt(tf.add(1, tf.square((this.weight as { read(): tf.Tensor }).read())))),
    );
  }
}

interface Made {
  readonly model: LayersModel;
  readonly x: tf.Tensor | tf.Tensor[];
  readonly y: tf.Tensor | tf.Tensor[];
  readonly loss?: string | string[];
  /** What is done once the weights are set. */
  freeze?(): void;
}

/** tfjs' default, orthogonal, needs more than tfjs-core. */
const plain = { recurrentInitializer: 'glorotUniform' } as const;

const symbol = (made: unknown) => made as SymbolicTensor;
const normal = (shape: number[], seed = 1) =>
  tf.tensor(createRng(seed).normal(shape.reduce((size, dimension) => size * dimension, 1)), shape);
const integers = (shape: number[], below: number) =>
  tf.tensor(
    createRng(3)
      .uniform(
        shape.reduce((size, each) => size * each, 1),
        0,
        below,
      )
      .map(Math.floor),
    shape,
  );

const models: Readonly<Record<string, () => Made>> = {
  'a layer that is shared': () => {
    const [a, b] = [input({ shape: [5] }), input({ shape: [5] })];
    const shared = layers.dense({ units: 4, activation: 'tanh' });
    const merged = symbol(layers.concatenate().apply([symbol(shared.apply(a)), symbol(shared.apply(b))]));
    const model = functional({ inputs: [a, b], outputs: symbol(layers.dense({ units: 2 }).apply(merged)) });
    return { model, x: [normal([6, 5]), normal([6, 5], 2)], y: normal([6, 2], 3) };
  },
  'a layer that is called on its own output': () => {
    const x = input({ shape: [4] });
    const shared = layers.dense({ units: 4, activation: 'sigmoid' });
    const model = functional({
      inputs: x,
      outputs: symbol(layers.dense({ units: 2 }).apply(symbol(shared.apply(shared.apply(x) as never)))),
    });
    return { model, x: normal([6, 4]), y: normal([6, 2], 3) };
  },
  'models within models, one of them called twice': () => {
    const inner = sequential({
      layers: [layers.dense({ units: 6, activation: 'relu', inputShape: [5] }), layers.dense({ units: 5 })],
    });
    const x = input({ shape: [5] });
    const middle = input({ shape: [5] });
    const around = functional({
      inputs: middle,
      outputs: symbol(layers.add().apply([middle, symbol(inner.apply(middle))])),
    });
    const twice = symbol(around.apply(symbol(inner.apply(x))));
    const model = functional({ inputs: x, outputs: symbol(layers.dense({ units: 3 }).apply(twice)) });
    return { model, x: normal([6, 5]), y: normal([6, 3], 3) };
  },
  'a body that is frozen, under a new head': () => {
    const body = sequential({
      layers: [
        layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
        layers.batchNormalization(),
        layers.globalAveragePooling2d({}),
      ],
    });
    const model = sequential({ layers: [body, layers.dense({ units: 4, activation: 'softmax' })] });
    return {
      model,
      x: normal([6, 6, 6, 2]),
      y: tf.oneHot([0, 1, 2, 3, 0, 1], 4),
      loss: 'categoricalCrossentropy',
      freeze: () => {
        body.trainable = false;
      },
    };
  },
  'masked sequences': () => {
    const model = sequential({
      layers: [
        layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true, inputLength: 5 }),
        layers.lstm({ ...plain, units: 3, returnSequences: true }),
        layers.gru({ ...plain, units: 4 }),
        layers.dense({ units: 2 }),
      ],
    });
    return { model, x: integers([6, 5], 4), y: normal([6, 2], 3) };
  },
  'sequences with a masking layer, both ways': () => {
    const model = sequential({
      layers: [
        layers.masking({ maskValue: 0, inputShape: [4, 3] }),
        layers.simpleRNN({
          ...plain,
          units: 3,
          returnSequences: true,
        }),
        layers.bidirectional({
          layer: layers.lstm({ ...plain, units: 2 }) as never,
          mergeMode: 'concat',
        }),
        layers.dense({ units: 2 }),
      ],
    });
    return {
      model,
      x: tf.mul(normal([6, 4, 3]), tf.cast(integers([6, 4, 1], 2), 'float32')),
      y: normal([6, 2], 3),
    };
  },
  ...Object.fromEntries(
    Object.entries({
      flattening: () => [layers.flatten()],
      'global average pooling': () => [layers.globalAveragePooling1d({})],
      'global maximum pooling': () => [layers.globalMaxPooling1d({})],
      'a convolution': () => [
        layers.conv1d({ filters: 3, kernelSize: 2, activation: 'tanh' }),
        layers.flatten(),
      ],
      'a dense layer, a permutation and maximum pooling': () => [
        layers.dense({ units: 4, activation: 'tanh' }),
        layers.permute({ dims: [2, 1] }),
        layers.maxPooling1d({ poolSize: 2 }),
        layers.flatten(),
      ],
      'sequences and global pooling': () => [
        layers.lstm({ ...plain, units: 3, returnSequences: true }),
        layers.globalMaxPooling1d({}),
      ],
      'a convolution that the mask comes past': () => [
        layers.conv1d({ filters: 3, kernelSize: 3, padding: 'same' }),
        layers.gru({ ...plain, units: 3 }),
      ],
      'each step by itself, both ways': () => [
        layers.timeDistributed({ layer: layers.dense({ units: 3 }) }),
        layers.bidirectional({ layer: layers.simpleRNN({ ...plain, units: 2 }) as never, mergeMode: 'sum' }),
      ],
      'a nested model of recurrent layers': () => [
        sequential({
          layers: [
            layers.dense({ units: 3, inputShape: [5, 4] }),
            layers.lstm({ ...plain, units: 3, returnSequences: true }),
          ],
        }),
        layers.gru({ ...plain, units: 2 }),
      ],
    }).flatMap(([name, rest]) => [
      [
        `the mask of an embedding, then ${name}`,
        () => {
          const embedding = layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true, inputLength: 5 });
          const model = sequential({ layers: [embedding, ...rest(), layers.dense({ units: 2 })] });
          return { model, x: integers([6, 5], 3), y: normal([6, 2], 3) };
        },
      ],
      [
        `the mask of a masking layer, then ${name}`,
        () => {
          const masking = layers.masking({ maskValue: 0, inputShape: [5, 4] });
          const model = sequential({ layers: [masking, ...rest(), layers.dense({ units: 2 })] });
          const x = tf.mul(normal([6, 5, 4]), tf.cast(integers([6, 5, 1], 2), 'float32'));
          return { model, x, y: normal([6, 2], 3) };
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({
      LSTM: () => layers.lstm({ ...plain, units: 3 }),
      'LSTM that returns sequences': () => layers.lstm({ ...plain, units: 3, returnSequences: true }),
      GRU: () => layers.gru({ ...plain, units: 3 }),
      SimpleRNN: () => layers.simpleRNN({ ...plain, units: 3, goBackwards: true }),
      Bidirectional: () =>
        layers.bidirectional({ layer: layers.lstm({ ...plain, units: 2 }) as never, mergeMode: 'concat' }),
      'stacked cells': () =>
        layers.rnn({
          cell: [layers.lstmCell({ ...plain, units: 3 }), layers.gruCell({ ...plain, units: 2 })] as never,
        }),
      TimeDistributed: () => layers.timeDistributed({ layer: layers.dense({ units: 3 }) }),
    }).map(([name, layer]) => [
      `a sequence of one, ${name}`,
      () => {
        const made = layer();
        const [, ...size] = [made.computeOutputShape([null, 1, 4])].flat(2) as number[];
        const flat = layers.reshape({ targetShape: [size.reduce((product, each) => product * each, 1)] });
        const body = [layers.dense({ units: 4, activation: 'tanh', inputShape: [1, 3] }), made, flat];
        const model = sequential({ layers: [...body, layers.dense({ units: 2 })] });
        return { model, x: normal([6, 1, 3]), y: normal([6, 2], 3) };
      },
    ]),
  ),
  'a sequence of one image': () => {
    const model = sequential({
      layers: [
        layers.dense({ units: 2, inputShape: [1, 4, 4, 1] }),
        layers.convLstm2d({ ...plain, filters: 2, kernelSize: 2 } as never),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    return { model, x: normal([6, 1, 4, 4, 1]), y: normal([6, 2], 3) };
  },
  'a sequence of one that is masked': () => {
    const model = sequential({
      layers: [
        layers.embedding({ inputDim: 3, outputDim: 4, maskZero: true, inputLength: 1 }),
        layers.dense({ units: 4 }),
        layers.gru({ ...plain, units: 3 }),
        layers.dense({ units: 2 }),
      ],
    });
    return { model, x: integers([6, 1], 2), y: normal([6, 2], 3) };
  },
  ...Object.fromEntries(
    [
      [[5, 4, 3], 1],
      [[5, 4, 3], 2],
      [[5, 4, 3], -2],
      [[5, 4], 1],
    ].map(([shape, axis]) => [
      `normalization of axis ${axis} of ${(shape as number[]).length + 1}`,
      () => {
        const below = layers.dense({ units: 3, activation: 'tanh', inputShape: shape as number[] });
        const body = [below, layers.batchNormalization({ axis: axis as number }), layers.flatten()];
        const model = sequential({ layers: [...body, layers.dense({ units: 2 })] });
        return { model, x: normal([6, ...(shape as number[])]), y: normal([6, 2], 3) };
      },
    ]),
  ),
  'two branches, each with a mask, and one without': () => {
    const [a, b, c] = [input({ shape: [5] }), input({ shape: [5] }), input({ shape: [5, 3] })];
    const masked = (x: SymbolicTensor, maskZero = true) =>
      symbol(layers.embedding({ inputDim: 9, outputDim: 4, maskZero, inputLength: 5 }).apply(x));
    const last = (x: SymbolicTensor) => symbol(layers.lstm({ ...plain, units: 3 }).apply(x));
    const branches = [last(masked(a)), last(c), last(masked(b)), last(masked(b, false))];
    const merged = symbol(layers.concatenate().apply(branches));
    const model = functional({
      inputs: [a, b, c],
      outputs: symbol(layers.dense({ units: 2 }).apply(merged)),
    });
    return {
      model,
      x: [integers([6, 5], 3), integers([6, 5], 2), normal([6, 5, 3])],
      y: normal([6, 2], 3),
    };
  },
  'a nested model whose output is taken twice': () => {
    const inner = sequential({
      layers: [layers.dense({ units: 4, activation: 'tanh', inputShape: [5] }), layers.batchNormalization()],
    });
    const x = input({ shape: [5] });
    const once = symbol(inner.apply(x));
    const both = [once, symbol(layers.dense({ units: 4 }).apply(once))];
    const model = functional({
      inputs: x,
      outputs: symbol(layers.dense({ units: 2 }).apply(symbol(layers.add().apply(both)))),
    });
    return { model, x: normal([6, 5]), y: normal([6, 2], 3) };
  },
  'one tensor twice in a merge, and once elsewhere': () => {
    const x = input({ shape: [5] });
    const h = symbol(layers.dense({ units: 4, activation: 'tanh' }).apply(x));
    const square = symbol(layers.multiply().apply([h, h]));
    const thrice = symbol(layers.concatenate().apply([h, square, h, h]));
    const inner = input({ shape: [16] });
    const below = symbol(layers.dense({ units: 3, activation: 'sigmoid' }).apply(inner));
    const doubled = symbol(layers.add().apply([below, below]));
    const nested = functional({
      inputs: inner,
      outputs: symbol(layers.average().apply([doubled, below, below])),
    });
    const model = functional({
      inputs: x,
      outputs: symbol(layers.dense({ units: 2 }).apply(symbol(nested.apply(thrice)))),
    });
    return { model, x: normal([6, 5]), y: normal([6, 2], 3) };
  },
  'several inputs and outputs, several losses': () => {
    const [a, b] = [input({ shape: [4] }), input({ shape: [6, 6, 1] })];
    const image = symbol(
      layers
        .flatten()
        .apply(layers.conv2d({ filters: 2, kernelSize: 3, activation: 'elu' }).apply(b) as never),
    );
    const both = symbol(
      layers.concatenate().apply([symbol(layers.dense({ units: 5, activation: 'tanh' }).apply(a)), image]),
    );
    const model = functional({
      inputs: [a, b],
      outputs: [
        symbol(layers.dense({ units: 3, activation: 'softmax' }).apply(both)),
        symbol(layers.dense({ units: 1, activation: 'sigmoid' }).apply(image)),
        symbol(layers.dense({ units: 2 }).apply(both)),
      ],
    });
    return {
      model,
      x: [normal([6, 4]), normal([6, 6, 6, 1])],
      y: [
        tf.cast(tf.oneHot([0, 1, 2, 0, 1, 2], 3), 'float32'),
        tf.round(tf.sigmoid(normal([6, 1], 3))),
        normal([6, 2], 4),
      ],
      loss: ['categoricalCrossentropy', 'binaryCrossentropy', 'meanSquaredError'],
    };
  },
  'channels first': () => {
    const model = sequential({
      layers: [
        layers.conv2d({
          filters: 3,
          kernelSize: 3,
          dataFormat: 'channelsFirst',
          inputShape: [2, 6, 6],
          activation: 'tanh',
        }),
        layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }),
        layers.flatten({ dataFormat: 'channelsFirst' }),
        layers.dense({ units: 2 }),
      ],
    });
    return { model, x: normal([6, 2, 6, 6]), y: normal([6, 2], 3) };
  },
  'a layer of one’s own': () => {
    const model = sequential({
      layers: [layers.dense({ units: 4, inputShape: [5] }), new Stretch(), layers.dense({ units: 2 })],
    });
    return { model, x: normal([6, 5]), y: normal([6, 2], 3) };
  },
  'a text classifier of convolutions': () => {
    const model = sequential({
      layers: [
        layers.embedding({ inputDim: 12, outputDim: 4, inputLength: 8 }),
        layers.conv1d({ filters: 5, kernelSize: 3, activation: 'relu', padding: 'same' }),
        layers.globalMaxPooling1d({}),
        layers.dense({ units: 1, activation: 'sigmoid' }),
      ],
    });
    return {
      model,
      x: integers([6, 8], 12),
      y: tf.round(tf.sigmoid(normal([6, 1], 3))),
      loss: 'binaryCrossentropy',
    };
  },
};

/** The model with weights that depend on their places alone. */
function built(name: string): Made {
  const made = models[name]();
  const rng = createRng(9);
  const { model } = made;
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map((weight, i) => {
        const values = model.weights[i].originalName.includes('variance')
          ? rng.stream(i).uniform(weight.size, 0.5, 1)
          : rng.stream(i).normal(weight.size, 0, 0.4);
        return tf.tensor(values, weight.shape);
      }),
    ),
  );
  made.freeze?.();
  return made;
}

async function trained(name: string, optimizer: () => tf.Optimizer, rule?: FeedbackRule) {
  const { model, x, y, loss = 'meanSquaredError' } = built(name);
  model.compile({ optimizer: optimizer(), loss });
  const handle = rule && convert(model, rule, { frozenStatistics: 'batch' });
  const losses: number[] = [];
  for (let step = 0; step < 4; step++) losses.push(...[await model.trainOnBatch(x, y)].flat());
  const weights = weightsOf(model);
  handle?.revert();
  tf.dispose([x, y]);
  return { weights, losses };
}

const optimizers = { sgd: () => tf.train.sgd(0.1), adam: () => tf.train.adam(0.01) } as const;

describe('fit by BP does what stock fit does', () => {
  for (const name of Object.keys(models)) {
    it.each(Object.entries(optimizers))(`${name}, %s`, async (_optimizer, optimizer) => {
      const stock = await trained(name, optimizer);
      const ours = await trained(name, optimizer, bp() as FeedbackRule);
      expect(difference(ours.weights, stock.weights)).toBeLessThan(2e-4);
      for (const [i, loss] of ours.losses.entries()) expect(loss).toBeCloseTo(stock.losses[i], 3);
    });
  }
});

describe('feedback', () => {
  it.each(Object.keys(models))('FA by the weights themselves is BP: %s', async (name) => {
    const expected = await trained(name, optimizers.sgd, bp() as FeedbackRule);
    const ours = await trained(name, optimizers.sgd, {
      ...(bp() as FeedbackRule),
      // A copy, so that it goes the way of feedback.
      signal: (unit, pass) => pass.fromAbove(unit, itself),
    });
    expect(difference(ours.weights, expected.weights)).toBeLessThan(1e-5);
  });

  const itself = {
    kernelOf: (unit: { kernel?: { variable: tf.Tensor } }) => tf.mul(unit.kernel?.variable as tf.Tensor, 1),
  };

  it.each(Object.keys(models))('DFA and FA train: %s', async (name) => {
    for (const rule of [dfa(), fa()] as FeedbackRule[]) {
      const { weights, losses } = await trained(name, () => tf.train.sgd(0.01), rule);
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(weights.every((values) => values.every(Number.isFinite))).toBe(true);
    }
  });

  it('leaves nothing behind', async () => {
    for (const name of Object.keys(models)) {
      const { model, x, y, loss = 'meanSquaredError' } = built(name);
      model.compile({ optimizer: tf.train.sgd(0.1), loss });
      const handle = convert(model, rules.fa.make());
      await model.trainOnBatch(x, y);
      const before = tf.memory().numTensors;
      await model.trainOnBatch(x, y);
      expect(tf.memory().numTensors, name).toBe(before);
      handle.revert();
      tf.dispose([x, y]);
    }
  });
});

it('a regularizer counts once for a shared layer, and in a recurrent cell, as in Keras; stock tfjs counts it twice and never', async () => {
  const regularizer = regularizers.l2({ l2: 0.1 });
  const [a, b] = [input({ shape: [4, 3] }), input({ shape: [4, 3] })];
  const shared = layers.simpleRNN({
    ...plain,
    units: 2,
    kernelRegularizer: regularizer,
    recurrentRegularizer: regularizer,
  });
  const outputs = symbol(layers.add().apply([symbol(shared.apply(a)), symbol(shared.apply(b))]));
  const model = functional({ inputs: [a, b], outputs });
  const [x, z, y] = [normal([6, 4, 3]), normal([6, 4, 3], 2), normal([6, 2], 3)];
  const [kernel, recurrent, bias] = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { grads, value } = tf.variableGrads(() => {
    const error = tf.losses.meanSquaredError(y, model.apply([x, z]) as tf.Tensor);
    const penalty = tf.add(tf.sum(tf.square(kernel)), tf.sum(tf.square(recurrent)));
    return tf.add(error, tf.mul(0.1, penalty)) as tf.Scalar;
  }, [kernel, recurrent, bias]);
  const before = [kernel, recurrent, bias].map((variable) => variable.dataSync());
  model.compile({ optimizer: tf.train.sgd(1), loss: 'meanSquaredError' });
  convert(model, bp());
  expect(await model.trainOnBatch([x, z], y)).toBeCloseTo(value.dataSync()[0], 5);
  for (const [i, variable] of [kernel, recurrent, bias].entries()) {
    const step = variable.dataSync().map((each, place) => before[i][place] - each);
    expect(difference([step], [grads[variable.name].dataSync()])).toBeLessThan(1e-5);
  }
});

it('a constraint holds after every update', async () => {
  const model = sequential({
    layers: [
      layers.dense({
        units: 4,
        inputShape: [5],
        kernelConstraint: constraints.maxNorm({ maxValue: 0.5, axis: 0 }),
      }),
      layers.dense({ units: 2, kernelConstraint: constraints.nonNeg() }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(1), loss: 'meanSquaredError' });
  convert(model, rules.dfa.make());
  for (let step = 0; step < 3; step++) await model.trainOnBatch(normal([6, 5], step), normal([6, 2], step));
  const [first, second] = model.layers.map((layer) => layer.getWeights()[0]);
  const norms = tf.norm(first, 'euclidean', 0).dataSync();
  expect(Math.max(...norms)).toBeLessThanOrEqual(0.5 + 1e-5);
  expect(Math.min(...second.dataSync())).toBeGreaterThanOrEqual(0);
});

describe('a normalization of five axes, which stock tfjs refuses', () => {
  it.each([[-1], [1], [3]])('axis %i: learns as by hand, and predicts as it is evaluated', async (axis) => {
    const shape = [2, 3, 2, 2];
    const norm = layers.batchNormalization({ axis, momentum: 0 });
    const model = sequential({
      layers: [
        layers.dense({ units: 2, activation: 'tanh', inputShape: shape }),
        norm,
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    const [x, y] = [normal([6, ...shape]), normal([6, 2], 3)];
    const [below, , , head] = model.layers;
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const [scale] = norm.getWeights();
    const own = axis < 0 ? axis + 5 : axis;
    const spread = [1, 1, 1, 1, 1].map((_, each) => (each === own ? scale.size : 1));
    const others = [0, 1, 2, 3, 4].filter((each) => each !== own);
    const predicted = () => {
      const h = below.apply(x) as tf.Tensor;
      const { mean, variance } = tf.moments(h, others, true);
      const [gamma, beta] = norm.trainableWeights.map((weight) => tf.reshape(weight.read(), spread));
      const normalized = tf.div(tf.sub(h, mean), tf.sqrt(tf.add(variance, 1e-3)));
      return head.apply(tf.reshape(tf.add(tf.mul(normalized, gamma), beta), [6, -1])) as tf.Tensor;
    };
    const { grads, value } = tf.variableGrads(
      () => tf.losses.meanSquaredError(y, predicted()) as tf.Scalar,
      variables,
    );
    const before = variables.map((variable) => variable.dataSync().slice());
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const handle = convert(model, bp());
    expect((await model.trainOnBatch(x, y)) as number).toBeCloseTo(value.dataSync()[0], 5);
    for (const [i, variable] of variables.entries()) {
      const expected = before[i].map((each, at) => each - 0.1 * grads[variable.name].dataSync()[at]);
      expect(difference([variable.dataSync()], [expected])).toBeLessThan(1e-5);
    }
    // With no momentum the moving statistics are those of the one batch, up to what its step changed.
    below.setWeights(before.slice(0, 2).map((values, i) => tf.tensor(values, variables[i].shape)));
    head.setWeights(before.slice(4).map((values, i) => tf.tensor(values, variables[4 + i].shape)));
    norm.setWeights([
      ...before.slice(2, 4).map((values) => tf.tensor1d(values)),
      ...norm.getWeights().slice(2),
    ]);
    expect(difference([(model.predict(x) as tf.Tensor).dataSync()], [predicted().dataSync()])).toBeLessThan(
      1e-5,
    );
    expect((model.evaluate(x, y) as tf.Scalar).dataSync()[0]).toBeCloseTo(value.dataSync()[0], 5);
    handle.revert();
  });
});

it('a tensor that a layer takes twice is there for the next layer when the model predicts', async () => {
  const { model, x, y } = built('one tensor twice in a merge, and once elsewhere');
  const made = () => [JSON.stringify(model.toJSON(null, false)), model.layers.map(({ name }) => name).join()];
  const before = made();
  expect(() => model.predict(x)).toThrow();
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const handle = convert(model, bp());
  const evaluated = (model.evaluate(x, y as tf.Tensor) as tf.Scalar).dataSync()[0];
  const tensors = tf.memory().numTensors;
  expect((await model.trainOnBatch(x, y)) as number).toBeCloseTo(evaluated, 5);
  tf.dispose(model.predict(x));
  expect(tf.memory().numTensors).toBe(tensors);
  expect(made()).toEqual(before);
  const [traced] = [trace(model).nodes.map(({ name }) => name)];
  expect(trace(model).nodes.map(({ name }) => name)).toEqual(traced);
  expect(traced.some((name) => name.includes('again'))).toBe(false);
  handle.revert();
  tf.dispose(model.predict(x));
});
