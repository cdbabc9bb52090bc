import { type ActivationName, useBackend } from '@feedalign/backend';
import { assembleNetwork, type ForwardRecord, type Node } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
// tfjs-core registers no gradients of its own.
import '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, expect } from 'vitest';

export const onCpu = () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  afterEach(() => tf.disposeVariables());
};

/** A finished forward pass whose outputs have these logits. */
export function recordOf(
  ...outputs: readonly { logits: tf.Tensor; activation?: ActivationName }[]
): ForwardRecord {
  const node = (id: number, outputShape: number[], inputs: Node[]): Node => {
    const variable = tf.variable(tf.scalar(1));
    const parameter = { name: `${id}`, variable, trainable: true };
    return {
      id,
      name: `node ${id}`,
      className: 'Hand-made',
      inputs,
      outputShape,
      operation: {
        parameters: inputs.length > 0 ? [parameter] : [],
        forward: () => {
          throw new Error('the pass is over');
        },
        inputGradient: (_record, delta) => delta,
      },
    };
  };
  const input = node(0, [1], []);
  const heads = outputs.map(({ logits }, i) => node(i + 1, logits.shape.slice(1), [input]));
  return {
    network: assembleNetwork(
      [input, ...heads],
      [input],
      heads.map((head, i) => ({ node: head, activation: outputs[i].activation ?? 'linear' })),
    ),
    records: [
      { inputs: [], output: tf.scalar(0) },
      ...outputs.map(({ logits }) => ({ inputs: [], output: logits })),
    ],
    again: () => {
      throw new Error('the pass is over');
    },
  };
}

export function expectClose(actual: tf.Tensor, expected: tf.Tensor, digits = 5): void {
  expect(actual.shape).toEqual(expected.shape);
  const values = expected.dataSync();
  actual.dataSync().forEach((value, i) => void expect(value).toBeCloseTo(values[i], digits));
}
