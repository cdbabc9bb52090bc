import type { Examples } from '@feedalign/datasets';
import { trace } from '@feedalign/layers';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../src/index.js';
import { clouds, network, on } from './support.js';

on('cpu');

/** x ↦ softmax(xW + b), with numbers that can be followed by hand. */
function linear(activation: 'softmax' | 'linear' = 'softmax') {
  const model = sequential({
    layers: [layers.dropout({ rate: 0.9, inputShape: [2] }), layers.dense({ units: 2, activation })],
  });
  tf.tidy(() =>
    model.setWeights([
      tf.tensor2d([
        [1, -1],
        [0, 2],
      ]),
      tf.tensor1d([0.5, 0]),
    ]),
  );
  return trace(model);
}
const examples: Examples = {
  count: 3,
  inputShape: [2],
  classes: 2,
  inputs: Float32Array.of(1, 0, 0, 1, 2, 2),
  labels: Uint8Array.of(0, 0, 1),
  scale: [1],
  offset: [0],
};
/** The logits of the three examples. */
const logits = [
  [1.5, -1],
  [0.5, 2],
  [2.5, 2],
];

describe('evaluate', () => {
  it.each([1, 2, 500])('is the mean by hand, in batches of %i, and drops nothing out', async (batchSize) => {
    const losses = logits.map(
      ([a, b], i) => Math.log(Math.exp(a) + Math.exp(b)) - [a, b][examples.labels[i]],
    );
    const { loss, accuracy } = await evaluate(linear(), examples, { batchSize });
    expect(loss).toBeCloseTo(losses.reduce((sum, value) => sum + value, 0) / 3, 5);
    expect(accuracy).toBeCloseTo(1 / 3, 10);
  });

  it('takes another loss', async () => {
    const half = logits.map(([a, b], i) => {
      const target = examples.labels[i] === 0 ? [1, 0] : [0, 1];
      return ((a - target[0]) ** 2 + (b - target[1]) ** 2) / 2;
    });
    const { loss } = await evaluate(linear('linear'), examples, { loss: 'halfSquaredError' });
    expect(loss).toBeCloseTo(half.reduce((sum, value) => sum + value, 0) / 3, 5);
  });

  it('looks at the examples that a view selects', async () => {
    const view = { ...examples, count: 2, indices: Uint32Array.of(2, 0) };
    const { accuracy } = await evaluate(linear(), view);
    expect(accuracy).toBe(0.5);
  });

  it('leaves nothing behind', async () => {
    const trainee = network();
    const before = tf.memory().numTensors;
    await evaluate(trainee, clouds().train, { batchSize: 7 });
    expect(tf.memory().numTensors).toBe(before);
    const wide = { ...clouds().train, inputShape: [8], count: 15 };
    await expect(evaluate(trainee, wide)).rejects.toMatchObject({ code: 'shape-mismatch' });
    expect(tf.memory().numTensors).toBe(before);
  });
});
