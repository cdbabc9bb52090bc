import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Operation } from '../src/index.js';
import { dense, graph, onCpu, scaling, squared, unitNamed, valuesOf } from './support.js';

onCpu();
afterEach(() => tf.disposeVariables());

import { chain, error, gradientsOf, one, passOf, residual, ruleOf } from './passes.js';

describe('units without a signal', () => {
  it('have no delta and no gradients, and send nothing down', () => {
    const network = residual();
    const pass = passOf(
      network,
      [one()],
      [error()],
      ruleOf((unit, p) => (unit.name === 'body' ? null : p.fromAbove(unit))),
    );
    expect(pass.signal(unitNamed(network, 'body'))).toBeNull();
    expect(pass.delta(unitNamed(network, 'body'))).toBeNull();
    // Only what comes over the skip connection is left.
    expect(valuesOf(pass.signal(unitNamed(network, 'stem')))).toEqual([[3, 30]]);
    expect(Object.keys(gradientsOf(pass))).toEqual(['stem/kernel', 'head/kernel']);
  });

  it('leave those below them without one where nothing else leads there', () => {
    const { add, input, network } = graph();
    const x = input('x', [1]);
    let last = x;
    for (const name of ['first', 'second', 'third', 'head'])
      last = add(name, dense(name, [[2]]), [last], [1]);
    const assembled = network([x], last);
    const silent = ruleOf((unit, p) => (unit.name === 'second' ? null : p.fromAbove(unit)));
    const pass = passOf(assembled, [error()], [error()], silent);
    expect(assembled.units.map((unit) => valuesOf(pass.signal(unit)))).toEqual([null, null, [[2]], [[1]]]);
    expect(Object.keys(gradientsOf(pass))).toEqual(['third/kernel', 'head/kernel']);
  });
});

describe('gradients', () => {
  it('are those of trainable parameters, or of those that are asked for', () => {
    const network = chain({ trainable: false });
    const pass = passOf(network, [one()], [error()]);
    expect(Object.keys(gradientsOf(pass))).toEqual(['head/kernel']);
    expect(Object.keys(gradientsOf(pass, () => true))).toEqual(['first/kernel', 'head/kernel']);
    expect(gradientsOf(pass, ({ name }) => name === 'first/kernel')).toEqual({
      'first/kernel': [
        [16, 10],
        [16, 10],
      ],
    });
    expect(pass.gradients(() => false)).toEqual([]);
  });

  it('are not computed for layers of which nothing learns', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const refusing: Operation = {
      ...dense('first', [[1], [1]], { trainable: false }),
      gradients: () => {
        throw new Error('computed for nobody');
      },
    };
    const first = add('first', refusing, [x], [1]);
    const head = add('head', dense('head', [[1]]), [first], [1]);
    const assembled = network([x], head);
    expect(Object.keys(gradientsOf(passOf(assembled, [one()], [error()])))).toEqual(['head/kernel']);
  });

  it('contain what a regularizer adds to the loss', () => {
    // Ω(W) = Σ W², given with its gradient 2W: tfjs-core alone registers none.
    const penalty = tf.customGrad((w, save) => {
      const value = w as tf.Tensor;
      (save as (tensors: tf.Tensor[]) => void)([value]);
      return { value: tf.sum(tf.square(value)), gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.mul(value, 2)) };
    });
    const network = chain({ penalty: (value: tf.Tensor) => penalty(value) });
    const pass = passOf(network, [one()], [error()]);
    expect(gradientsOf(pass)['first/kernel']).toEqual([
      [16 + 2, 10 + 4],
      [16 + 6, 10 - 2],
    ]);
    const start = tf.variable(tf.ones([2, 2]));
    pass.gradients()[0].gradient.addTo(start, -1, 1);
    expect(valuesOf(start)).toEqual([
      [1 - 18, 1 - 14],
      [1 - 22, 1 - 8],
    ]);
  });

  it('are added to a variable as keep·variable + scale·gradient', () => {
    const [{ gradient }] = passOf(chain(), [one()], [error()]).gradients();
    for (const [scale, keep] of [
      [1, 1],
      [-0.5, 1],
      [1, 0],
      [2, 0.25],
    ]) {
      const variable = tf.variable(tf.fill([2, 2], 8));
      gradient.addTo(variable, scale, keep);
      const expected = [16, 10].map((value) => keep * 8 + scale * value);
      expect(valuesOf(variable)).toEqual([expected, expected]);
    }
  });

  it('of a chain’s inner layers see the signal where it passes them', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const first = add(
      'first',
      dense('first', [
        [1, 0],
        [0, 1],
      ]),
      [x],
      [2],
    );
    const norm = add('norm', scaling('norm', [2, 3]), [first], [2]);
    const act = add('act', squared, [norm], [2]);
    const head = add('head', dense('head', [[1], [1]]), [act], [1]);
    const assembled = network([x], head);
    // γ ⊙ x = [2, 3]; δ before the square [4, 6]; γ's gradient [4, 6]·x, the kernel's δ [8, 18].
    const pass = passOf(assembled, [one()], [error()]);
    expect(gradientsOf(pass)).toEqual({
      'first/kernel': [
        [8, 18],
        [8, 18],
      ],
      'norm/gamma': [4, 6],
      'head/kernel': [[4], [9]],
    });
    expect(valuesOf(pass.delta(unitNamed(assembled, 'first')))).toEqual([[8, 18]]);
  });
});

it('leaves nothing behind in a tidy but what was there', () => {
  const network = residual();
  const inputs = one();
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const pass = passOf(network, [inputs], [error()]);
    for (const { gradient } of [...pass.gradients(), ...pass.truth.gradients()]) gradient.compute();
  });
  expect(tf.memory().numTensors).toBe(before);
});
