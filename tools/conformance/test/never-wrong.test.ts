// Inputs of users that once gave wrong numbers without a word: now the right value, or an error that says what is wrong.
import {
  accumulateStep,
  adamStep,
  convolution,
  momentumStep,
  product,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sumLeading,
  useBackend,
} from '@feedalign/backend';
import { FeedalignError, type FeedbackRule } from '@feedalign/core';
import type { Examples } from '@feedalign/datasets';
import { convert, trace } from '@feedalign/layers';
import { sgd } from '@feedalign/optim';
import { bp, dfa, fa } from '@feedalign/rules';
import { train } from '@feedalign/train';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  model as modelOf,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { filled, oneHot, points } from '../src/points.js';

afterAll(() => tf.disposeVariables());

const dense = () =>
  filled(
    sequential({
      layers: [
        layers.dense({ units: 16, activation: 'tanh', inputShape: [2] }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    }),
  );
const weightsOf = (made: LayersModel) => made.getWeights().map((weight) => [...weight.dataSync()]);

async function losses(
  make: () => LayersModel,
  x: () => tf.Tensor,
  y: () => tf.Tensor,
  loss = 'categoricalCrossentropy',
  rule: FeedbackRule = bp() as FeedbackRule,
): Promise<number[]> {
  const made = make();
  made.compile({ optimizer: tf.train.sgd(0.5), loss });
  const handle = convert(made, rule);
  const seen: number[] = [];
  for (let step = 0; step < 6; step++) seen.push((await made.trainOnBatch(x(), y())) as number);
  handle.revert();
  return seen;
}

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeEach(async () => {
    await useBackend(backend);
  });

  it('targets and inputs of whole numbers and truth values train as floats do', async () => {
    const float = (x: tf.Tensor) => tf.cast(x, 'float32');
    const expected = await losses(dense, points, () => float(oneHot()));
    expect(expected[5]).toBeLessThan(expected[0]);
    expect(await losses(dense, points, oneHot)).toEqual(expected);
    expect(await losses(dense, () => tf.cast(points(), 'int32'), oneHot)).toEqual(expected);

    const truths = () => tf.greater(points(), 1);
    const fromTruths = await losses(
      dense,
      () => float(truths()),
      () => float(oneHot()),
    );
    expect(await losses(dense, truths, () => tf.cast(oneHot(), 'bool'))).toEqual(fromTruths);

    const binary = () =>
      filled(
        sequential({
          layers: [
            layers.dense({ units: 5, activation: 'tanh', inputShape: [2] }),
            layers.dense({ units: 3, activation: 'sigmoid' }),
          ],
        }),
      );
    const byFloats = await losses(binary, points, () => float(oneHot()), 'binaryCrossentropy');
    expect(await losses(binary, points, oneHot, 'binaryCrossentropy')).toEqual(byFloats);
    expect(await losses(binary, points, () => tf.cast(oneHot(), 'bool'), 'binaryCrossentropy')).toEqual(
      byFloats,
    );
  });

  it('whole numbers into convolutions, average pooling and tanh', async () => {
    const images = (dtype: 'int32' | 'float32') => () =>
      tf.cast(tf.reshape(tf.range(0, 6 * 36), [6, 6, 6, 1]), dtype) as tf.Tensor;
    const convolved = () =>
      filled(
        sequential({
          layers: [
            layers.averagePooling2d({ poolSize: 2, strides: 1, inputShape: [6, 6, 1] }),
            layers.conv2d({ filters: 2, kernelSize: 3, activation: 'tanh' }),
            layers.flatten(),
            layers.dense({ units: 3, activation: 'softmax' }),
          ],
        }),
        0.002,
      );
    const expected = await losses(convolved, images('float32'), () => oneHot('float32'));
    expect(await losses(convolved, images('int32'), oneHot)).toEqual(expected);
    expect(expected.every(Number.isFinite)).toBe(true);
  });

  it('one-hot rows of every type and value are what they are asked to be', () => {
    const indices = tf.tensor2d([0, 2, 5, 1], [2, 2], 'int32');
    const on = (dtype: 'float32' | 'int32' | 'bool', ...values: number[]) => {
      const made = tf.oneHot(indices, 3, ...(values as [number, number]), dtype);
      expect(made.dtype).toBe(dtype);
      return [...made.dataSync()].map((value) => Math.round(value * 1e6) / 1e6);
    };
    const rows = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
    for (const dtype of ['float32', 'int32', 'bool'] as const) expect(on(dtype, 1, 0)).toEqual(rows);
    expect(on('float32', 0.9, 0.05)).toEqual(rows.map((bit) => (bit ? 0.9 : 0.05)));
    expect(on('int32', 5, -2)).toEqual(rows.map((bit) => (bit ? 5 : -2)));
  });

  it('a product of whole numbers', () => {
    const a = tf.tensor2d([1, 2], [1, 2], 'int32');
    expect(product({ a, b: tf.ones([2, 1]) }, {}).dataSync()[0]).toBe(3);
  });

  it('shapes that do not fit are refused, by the primitive and both shapes', () => {
    const logits = tf.ones([2, 4]);
    for (const shape of [[4], [1, 4], [2, 1], [2, 5], [4, 2]]) {
      const targets = tf.ones(shape);
      expect(() => softmaxCrossEntropy({ logits, targets }, {})).toThrow(FeedalignError);
      expect(() => sigmoidCrossEntropy({ logits, targets }, {})).toThrow(
        `logits [2, 4], targets [${shape.join(', ')}]`,
      );
    }
    const kernel = tf.ones([4, 3]);
    for (const bias of [tf.scalar(1), tf.ones([1]), tf.ones([1, 3]), tf.ones([4])]) {
      expect(() => product({ a: logits, b: kernel, bias }, {})).toThrow(
        'Product was given a [2, 4], b [4, 3]',
      );
    }
    const x = tf.ones([1, 6, 6, 2]);
    const plain = { strides: [1, 1], dilations: [1, 1], padding: 'same' } as const;
    expect(() => convolution({ x, kernel: tf.ones([3, 3, 5, 4]) }, plain)).toThrow(
      'x [1, 6, 6, 2], kernel [3, 3, 5, 4]',
    );
    for (const bias of [tf.scalar(1), tf.ones([1]), tf.ones([1, 6, 6, 4])]) {
      expect(() => convolution({ x, kernel: tf.ones([3, 3, 2, 4]), bias }, plain)).toThrow(FeedalignError);
    }
    const variable = tf.variable(tf.ones([4, 4]));
    const gradient = tf.ones([3]);
    const before = [...variable.dataSync()];
    expect(() => accumulateStep({ variable, value: gradient }, { scale: 1, keep: 1 })).toThrow(
      FeedalignError,
    );
    const momentum = { learningRate: 1, momentum: 0.9, nesterov: false };
    expect(() =>
      momentumStep({ variable, velocity: tf.variable(tf.zeros([4, 4])), gradient }, momentum),
    ).toThrow(FeedalignError);
    const slots = { mean: tf.variable(tf.zeros([4, 4])), meanSquare: tf.variable(tf.zeros([4])) };
    const adam = { learningRate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 1 };
    expect(() => adamStep({ variable, ...slots, gradient: tf.ones([4, 4]) }, adam)).toThrow(FeedalignError);
    expect(() => sumLeading({ x: tf.scalar(3) }, {})).toThrow(FeedalignError);
    expect([...variable.dataSync()]).toEqual(before);
  });

  it('a window that goes beyond its image is refused', () => {
    const x = tf.ones([1, 2, 2, 2]);
    const valid = { strides: [1, 1], dilations: [1, 1], padding: 'valid' } as const;
    expect(() => convolution({ x, kernel: tf.ones([3, 3, 2, 4]) }, valid)).toThrow(
      'window of 3×3 does not fit into an input of 2×2',
    );
    expect(() => tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 2, 4]), 1, 'valid')).toThrow(/3×3.*2×2/);
    expect(() => tf.maxPool(x as tf.Tensor4D, 3, 1, 'valid')).toThrow(/3.*2×2/);
    expect(() => tf.avgPool(x as tf.Tensor4D, 3, 1, 'valid')).toThrow(/3.*2×2/);
  });

  it('data of other classes than the model has outputs are refused before anything is changed', async () => {
    const examples: Examples = {
      count: 6,
      inputShape: [2],
      classes: 4,
      inputs: Float32Array.from({ length: 12 }, (_, i) => i),
      labels: Uint8Array.of(0, 1, 2, 3, 0, 1),
      scale: [1],
      offset: [0],
    };
    for (const units of [3, 6, 1]) {
      const made = sequential({ layers: [layers.dense({ units, activation: 'softmax', inputShape: [2] })] });
      const before = weightsOf(made);
      const run = async () => {
        for await (const _ of train(trace(made), bp(), { train: examples })) void _;
      };
      await expect(run()).rejects.toThrow(
        `4 classes, the network's output '${made.layers[0].name}' has the shape [${units}]`,
      );
      expect(weightsOf(made)).toEqual(before);
    }
    const wide = sequential({ layers: [layers.dense({ units: 4, activation: 'softmax', inputShape: [5] })] });
    const run = async () => {
      for await (const _ of train(trace(wide), bp(), { train: examples })) void _;
    };
    await expect(run()).rejects.toThrow('The examples have the shape [2]');
  });

  it('one tensor given twice, and then two', async () => {
    const make = () => filled(sequential({ layers: [layers.dense({ units: 3, inputShape: [3] })] }));
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const z = tf.tensor2d([3, 2, 1, 0, 0, 1], [2, 3]);
    const trained = async (first: tf.Tensor) => {
      const made = make();
      made.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      convert(made, bp());
      for (let step = 0; step < 3; step++) await made.trainOnBatch(x, first);
      const loss = await made.trainOnBatch(x, z);
      return [loss, ...weightsOf(made).flat()];
    };
    expect(await trained(x)).toEqual(await trained(x.clone()));
  });

  it('a rule of one’s own that changes with time is asked in every step', async () => {
    const trained = async (isRecorded: boolean) => {
      tf.env().set('WASM_TRAINING_RECORDING', isRecorded);
      let factor = 1;
      const growing: FeedbackRule<null> = {
        name: 'growing',
        options: {},
        init: () => null,
        signal: (unit, pass) => {
          const signal = pass.fromAbove(unit);
          factor *= 1.5;
          return signal && tf.mul(signal, factor);
        },
      };
      return losses(dense, points, oneHot, 'categoricalCrossentropy', growing as FeedbackRule);
    };
    try {
      expect(await trained(true)).toEqual(await trained(false));
    } finally {
      tf.env().set('WASM_TRAINING_RECORDING', true);
    }
  });

  it('another optimizer after compile counts from the next step; a subclass keeps its say', async () => {
    const trained = async (
      change: (made: LayersModel) => void,
      first: () => tf.Optimizer,
      isConverted: boolean,
    ) => {
      const made = dense();
      made.compile({ optimizer: first(), loss: 'categoricalCrossentropy' });
      if (isConverted) convert(made, bp());
      for (let step = 0; step < 6; step++) {
        if (step === 3) change(made);
        await made.trainOnBatch(points(), oneHot('float32'));
      }
      return weightsOf(made).flat();
    };
    const close = (a: number[], b: number[]) =>
      a.forEach((value, i) => {
        expect(value).toBeCloseTo(b[i], 4);
      });
    const replace = (made: LayersModel) => {
      made.optimizer = tf.train.adam(0.05);
    };
    close(
      await trained(replace, () => tf.train.sgd(0.1), true),
      await trained(replace, () => tf.train.sgd(0.1), false),
    );

    for (const Stock of [tf.SGDOptimizer, tf.MomentumOptimizer, tf.AdamOptimizer]) {
      class Halving extends (Stock as unknown as new (...given: number[]) => tf.SGDOptimizer) {
        override applyGradients(gradients: never) {
          const halved = (gradients as { name: string; tensor: tf.Tensor }[]).map(({ name, tensor }) => ({
            name,
            tensor: tensor && tf.mul(tensor, 0.5),
          }));
          super.applyGradients(halved as never);
        }
      }
      const own = () => new Halving(0.1, 0.9, 0.999, 1e-7);
      // Stock gives `applyGradients` a table by name, in the same order.
      const asArray = () => {
        const optimizer = own();
        const { applyGradients } = optimizer;
        optimizer.applyGradients = (gradients) =>
          applyGradients.call(
            optimizer,
            (Array.isArray(gradients)
              ? gradients
              : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }))) as never,
          );
        return optimizer;
      };
      close(await trained(() => {}, own, true), await trained(() => {}, asArray, false));
    }
  });

  it('two layers of one name, in a model and in one within it, have a velocity each', async () => {
    const make = (innerName: string) => {
      const first = input({ shape: [4] });
      const inner = input({ shape: [6] });
      const within = modelOf({
        inputs: inner,
        outputs: layers
          .dense({ units: 5, name: innerName, activation: 'tanh' })
          .apply(inner) as SymbolicTensor,
        name: 'within',
      });
      const body = layers
        .dense({ units: 6, name: 'hidden', activation: 'tanh' })
        .apply(first) as SymbolicTensor;
      const outputs = layers
        .dense({ units: 3, activation: 'softmax' })
        .apply(within.apply(body) as SymbolicTensor);
      return filled(modelOf({ inputs: first, outputs: outputs as SymbolicTensor }));
    };
    const examples: Examples = {
      count: 12,
      inputShape: [4],
      classes: 3,
      inputs: Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)),
      labels: Uint8Array.from({ length: 12 }, (_, i) => i % 3),
      scale: [1],
      offset: [0],
    };
    const trained = async (innerName: string) => {
      const made = make(innerName);
      const options = { epochs: 3, batchSize: 4, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) };
      for await (const _ of train(trace(made), fa(), { train: examples }, options)) void _;
      return weightsOf(made);
    };
    expect(await trained('hidden')).toEqual(await trained('another'));
  });

  it('a label that is no class makes the loss no number, and changes nothing', async () => {
    const made = dense();
    made.compile({ optimizer: tf.train.adam(0.1), loss: 'sparseCategoricalCrossentropy' });
    convert(made, dfa());
    const before = weightsOf(made);
    const strange = tf.tensor2d([0, 1, 2, 3, 0, 1], [6, 1]);
    expect(await made.trainOnBatch(points(), strange)).toBeNaN();
    expect(weightsOf(made)).toEqual(before);
    const right = tf.tensor2d([0, 1, 2, 1, 0, 1], [6, 1]);
    expect(await made.trainOnBatch(points(), right)).toBeGreaterThan(0);
    expect(weightsOf(made)).not.toEqual(before);
  });
});
