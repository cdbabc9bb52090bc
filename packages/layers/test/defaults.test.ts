// tfjs' own defaults with tfjs-core alone: orthogonal recurrent kernels, which tfjs draws by methods that core leaves out.
import { useBackend } from '@feedalign/backend';
import { dfa } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import { layers, metrics, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { convert } from '../src/index.js';

beforeAll(async () => {
  expect('flatten' in tf.Tensor.prototype).toBe(false);
  await useBackend('cpu');
});

it.each([
  ['LSTM', () => layers.lstm({ units: 3 }), [3, 12]],
  ['GRU', () => layers.gru({ units: 4 }), [4, 12]],
  ['SimpleRNN', () => layers.simpleRNN({ units: 3 }), [3, 3]],
  ['ConvLSTM2D', () => layers.convLstm2d({ filters: 2, kernelSize: 2 } as never), [2, 2, 2, 8]],
] as const)('%s has an orthogonal kernel and trains', async (name, layer, shape) => {
  const recurrent = layer();
  const inputShape = name === 'ConvLSTM2D' ? [2, 4, 4, 1] : [4, 2];
  const body = [
    layers.inputLayer({ inputShape }),
    recurrent,
    ...(shape.length > 2 ? [layers.flatten()] : []),
  ];
  const model = sequential({ layers: [...body, layers.dense({ units: 2 })] });
  const kernel = recurrent.weights
    .find(({ originalName }) => originalName.endsWith('recurrent_kernel'))
    ?.read();
  expect(kernel?.shape).toEqual([...shape]);
  const rows = tf.reshape(kernel as tf.Tensor, [-1, shape.at(-1) as number]) as tf.Tensor2D;
  const products =
    rows.shape[0] < rows.shape[1] ? tf.matMul(rows, rows, false, true) : tf.matMul(rows, rows, true);
  const apart = tf.max(tf.abs(tf.sub(products, tf.eye(products.shape[0])))).dataSync()[0];
  expect(apart).toBeLessThan(1e-4);
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  convert(model, dfa());
  const loss = await model.trainOnBatch(tf.ones([3, ...inputShape]), tf.ones([3, 2]));
  expect(Number.isFinite(loss)).toBe(true);
});

it('r² is measured', () => {
  const [y, predicted] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 2, 4])];
  expect(metrics.r2Score(y, predicted).dataSync()[0]).toBeCloseTo(0.5);
});
