import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { createRng, FeedalignError, forward, type Operation, type Rng } from '../src/index.js';
import { dense, graph, onCpu, sideBySide, squared, times, valuesOf } from './support.js';

onCpu();
afterEach(() => tf.disposeVariables());

function twoInputs() {
  const { add, input, network } = graph();
  const a = input('a', [2]);
  const b = input('b', [1]);
  const first = add('first', dense('first', [[1], [2]]), [a], [1]);
  const act = add('act', squared, [first], [1]);
  const both = add('both', sideBySide, [act, b], [2]);
  const head = add('head', dense('head', [[1], [10]]), [both], [1]);
  // The model's order of inputs need not be the order of the nodes.
  return { network: network([b, a], head), nodes: { a, b, first, act, both, head } };
}

const images = () => {
  const { add, input, network } = graph();
  const x = input('images', [2, 2, 1]);
  const flat: Operation = {
    ...times(1),
    forward: (inputs) => ({ inputs, output: tf.reshape(inputs[0], [-1, 4]) }),
  };
  const flattened = add('flat', flat, [x], [4]);
  const head = add('head', dense('head', [[1], [10], [100], [1000]]), [flattened], [1]);
  return network([x], head);
};

describe('forward', () => {
  it('computes every node from those that it takes, with the inputs in the model’s order', () => {
    const { network, nodes } = twoInputs();
    const { records } = forward(network, [
      tf.tensor2d([[5], [6]]),
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
    ]);
    expect(valuesOf(records[nodes.first.id].output)).toEqual([[5], [11]]);
    expect(valuesOf(records[nodes.both.id].output)).toEqual([
      [25, 5],
      [121, 6],
    ]);
    expect(valuesOf(records[nodes.head.id].output)).toEqual([[75], [181]]);
    expect(records[nodes.head.id].inputs[0]).toBe(records[nodes.both.id].output);
  });

  it.each([[0], [1], [3]])('refuses %i tensors for two inputs', (count) => {
    const given = Array.from({ length: count }, () => tf.zeros([1, 2]));
    expect(() => forward(twoInputs().network, given)).toThrow(
      expect.objectContaining({ name: 'FeedalignError', code: 'shape-mismatch' }),
    );
  });

  it('takes flat examples for shaped inputs, and the other way round', () => {
    const network = images();
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    const expected = [[4321], [8765]];
    for (const shape of [
      [2, 2, 2, 1],
      [2, 4],
      [2, 1, 4],
    ]) {
      const { records } = forward(network, [tf.tensor(values, shape)]);
      expect(records[0].output.shape).toEqual([2, 2, 2, 1]);
      expect(valuesOf(records[network.outputs[0].node.id].output)).toEqual(expected);
    }
  });

  it.each([{ shape: [2, 3, 1, 1] }, { shape: [2, 5] }, { shape: [8] }, { shape: [] }])(
    'refuses a tensor of shape [$shape] for [N, 2, 2, 1], and names both',
    ({ shape }) => {
      let error: unknown;
      try {
        forward(images(), [tf.zeros(shape)]);
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(FeedalignError);
      const { code, message } = error as FeedalignError;
      expect(code).toBe('shape-mismatch');
      expect(message).toContain("'images'");
      expect(message).toContain('2,2,1');
      expect(message).toContain(`[${shape}]`);
    },
  );

  describe('random numbers', () => {
    const seen: { training: boolean; rng: () => Rng }[] = [];
    const noisy: Operation = {
      ...times(1),
      forward: (inputs, context) => {
        seen.push(context);
        return { inputs, output: tf.add(inputs[0], tf.tensor2d(context.rng().uniform(1), [1, 1])) };
      },
    };
    const build = () => {
      const { add, input, network } = graph();
      const x = input('x', [1]);
      const one = add('one', noisy, [x], [1]);
      const two = add('two', noisy, [one], [1]);
      return network([x], add('head', dense('head', [[1]]), [two], [1]));
    };

    it('come from the stream of the node’s id', () => {
      const rng = createRng(4);
      const { records } = forward(build(), [tf.zeros([1, 1])], { training: true, rng });
      const [one, two] = [rng.stream(1).uniform(1)[0], rng.stream(2).uniform(1)[0]];
      expect(records[1].output.dataSync()[0]).toBe(one);
      expect(records[2].output.dataSync()[0]).toBe(Math.fround(one + two));
      expect(seen.pop()?.training).toBe(true);
    });

    it('are asked for by name where none were passed', () => {
      expect(() => forward(build(), [tf.zeros([1, 1])])).toThrow(
        expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining("'one'") }),
      );
      expect(seen.pop()?.training).toBe(false);
    });
  });
});

describe('FeedalignError', () => {
  it('is an Error with a code, the problem and the way out', () => {
    const cause = new Error('why');
    const error = new FeedalignError('invalid-option', 'It is broken.', 'Mend it.', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'FeedalignError',
      code: 'invalid-option',
      problem: 'It is broken.',
      wayOut: 'Mend it.',
      message: 'It is broken. Mend it.',
    });
    expect(error.cause).toBe(cause);
  });
});
