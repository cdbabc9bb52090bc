import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { createPass, type FeedbackRule, forward, type KernelOf, type Pass, type Unit } from '../src/index.js';
import {
  dense,
  errorsOf,
  graph,
  onCpu,
  scaling,
  sideBySide,
  sumOfInputs,
  unitNamed,
  valuesOf,
} from './support.js';

onCpu();
afterEach(() => tf.disposeVariables());

import { chain, error, gradientsOf, one, passOf, residual, ruleOf } from './passes.js';

describe('the true signals', () => {
  it('run down a chain by the kernels and the derivatives', () => {
    const network = chain();
    // a = [4, 1], y = [16, 1]; the head's error 1 comes down as [2, 5], times 2a.
    const pass = passOf(network, [one()], [error()]);
    const first = unitNamed(network, 'first');
    expect(valuesOf(pass.activation(first))).toEqual([[16, 1]]);
    expect(valuesOf(pass.input(first))).toEqual([[1, 1]]);
    expect(valuesOf(pass.signal(first))).toEqual([[2, 5]]);
    expect(valuesOf(pass.delta(first))).toEqual([[16, 10]]);
    expect(gradientsOf(pass)).toEqual({
      'first/kernel': [
        [16, 10],
        [16, 10],
      ],
      'head/kernel': [[16], [1]],
    });
  });

  it('are summed where branches meet, with the derivative of what lies between', () => {
    const network = residual();
    const pass = passOf(network, [one()], [error()]);
    // At the merge: 3·[1, 10]; through the body's kernel [3 + 60, 9 + 120].
    expect(valuesOf(pass.signal(unitNamed(network, 'body')))).toEqual([[3, 30]]);
    expect(valuesOf(pass.signal(unitNamed(network, 'stem')))).toEqual([[63 + 3, 129 + 30]]);
  });

  it('divide where a merge lays its inputs side by side, and come twice to what is taken twice', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const left = add('left', dense('left', [[1], [0]]), [x], [1]);
    const both = add('both', sideBySide, [left, x, left], [4]);
    const head = add('head', dense('head', [[1], [2], [3], [4]]), [both], [1]);
    const assembled = network([x], head);
    expect(valuesOf(passOf(assembled, [one()], [error()]).signal(unitNamed(assembled, 'left')))).toEqual([
      [5],
    ]);
  });

  it('add an output’s own error to what comes from above it', () => {
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
    const head = add('head', dense('head', [[7], [9]]), [first], [1]);
    const assembled = network([x], first, head);
    const pass = passOf(assembled, [one()], [tf.tensor2d([[100, 200]]), error()]);
    expect(valuesOf(pass.signal(unitNamed(assembled, 'first')))).toEqual([[107, 209]]);
  });

  it('are what `truth` gives under any other rule, over the same forward pass', () => {
    const network = residual();
    const pass = passOf(
      network,
      [one()],
      [error()],
      ruleOf(() => null),
    );
    const exact = passOf(network, [one()], [error()]);
    expect(pass.signal(unitNamed(network, 'stem'))).toBeNull();
    expect(valuesOf(pass.truth.signal(unitNamed(network, 'stem')))).toEqual([[66, 159]]);
    expect(gradientsOf(pass.truth)).toEqual(gradientsOf(exact));
    expect(pass.truth).toBe(pass.truth);
    expect(pass.truth.activation(network.units[0])).toBe(pass.activation(network.units[0]));
  });
});

describe('feedback', () => {
  it('stands in for the kernel of each unit above, and is asked for once a unit', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const identity = [
      [1, 0],
      [0, 1],
    ];
    let last = add('first', dense('first', identity), [x], [2]);
    for (const name of ['second', 'third', 'fourth']) last = add(name, dense(name, identity), [last], [2]);
    const assembled = network([x], last);
    const asked: string[] = [];
    const kernelOf: KernelOf<null> = (unit) => {
      asked.push(unit.name);
      return tf.tensor2d([
        [0, unit.index],
        [1, 0],
      ]);
    };
    const route = { kernelOf };
    const pass = passOf(
      assembled,
      [one()],
      [tf.tensor2d([[1, 2]])],
      ruleOf((unit, p) => p.fromAbove(unit, route)),
    );
    pass.gradients();
    expect(asked.sort()).toEqual(['fourth', 'second', 'third']);
    // e·Bᵀ with B = [[0, i], [1, 0]] is [i·e₂, e₁].
    expect(valuesOf(pass.signal(unitNamed(assembled, 'third')))).toEqual([[6, 1]]);
    expect(valuesOf(pass.signal(unitNamed(assembled, 'second')))).toEqual([[2, 6]]);
    expect(valuesOf(pass.signal(unitNamed(assembled, 'first')))).toEqual([[6, 2]]);
  });

  it('replaces no weight of a unit that has no kernel', () => {
    const { add, input, network } = graph();
    const x = input('x', [2]);
    const left = add(
      'left',
      dense('left', [
        [1, 0],
        [0, 1],
      ]),
      [x],
      [2],
    );
    const merged = add('merged', sumOfInputs, [left, x], [2]);
    const norm = add('norm', scaling('norm', [2, 3]), [merged], [2]);
    const head = add('head', dense('head', [[1], [1]]), [norm], [1]);
    const assembled = network([x], head);
    const route = { kernelOf: (unit: Unit) => (unit.kernel as { variable: tf.Tensor }).variable };
    const pass = passOf(
      assembled,
      [one()],
      [error()],
      ruleOf((unit, p) => p.fromAbove(unit, route)),
    );
    expect(valuesOf(pass.signal(unitNamed(assembled, 'left')))).toEqual([[2, 3]]);
    expect(gradientsOf(pass)['norm/gamma']).toEqual([2, 2]);
  });

  it('reaches the rule with its own state, the errors side by side and the targets', () => {
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
    const flat = add('flat', dense('flat', [[1], [1]]), [first], [1]);
    const map = dense('map', [
      [1, 2, 3, 4],
      [0, 0, 0, 0],
    ]);
    const shaped = add('map', map, [first], [2, 2]);
    const assembled = network([x], flat, shaped);
    const errors = [
      tf.tensor2d([[1]]),
      tf.tensor3d([
        [
          [2, 3],
          [4, 5],
        ],
      ]),
    ];
    const state = { f: tf.scalar(3) };
    let seen: Pass<typeof state> | undefined;
    const rule: FeedbackRule<typeof state> = {
      name: 'direct',
      options: {},
      init: () => state,
      signal: (_unit, pass) => {
        seen = pass;
        return tf.mul(tf.slice(pass.error as tf.Tensor2D, [0, 3], [-1, 2]), pass.state.f);
      },
    };
    const objective = errorsOf(...errors);
    const pass = createPass(forward(assembled, [one()]), objective, rule, state);
    expect(valuesOf(pass.error)).toEqual([[1, 2, 3, 4, 5]]);
    expect(pass.error).toBe(pass.error);
    expect(pass.targets).toBe(objective.targets);
    expect(valuesOf(pass.signal(unitNamed(assembled, 'first')))).toEqual([[12, 15]]);
    expect(seen).toBe(pass);
    expect(assembled.errorSize).toBe(5);
  });

  it('is asked for once for each hidden unit, and never for an output', () => {
    const network = residual();
    const asked: string[] = [];
    const pass = passOf(
      network,
      [one()],
      [error()],
      ruleOf((unit, p) => {
        asked.push(unit.name);
        return p.fromAbove(unit);
      }),
    );
    pass.gradients();
    pass.gradients();
    for (const unit of network.units) pass.delta(unit);
    expect(asked.sort()).toEqual(['body', 'stem']);
  });
});

describe('a route without a unit’s kernel', () => {
  const signal = (kernelOf: unknown) => {
    const network = chain();
    const route = { kernelOf: kernelOf as KernelOf<null> };
    const rule = { ...ruleOf((unit, pass) => pass.fromAbove(unit, route)), name: 'mine' };
    return () => passOf(network, [one()], [error()], rule).signal(unitNamed(network, 'first'));
  };

  it.each([undefined, null])('is refused: the kernel itself never stands in (%s)', (nothing) => {
    expect(signal(() => nothing)).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringMatching(/'mine' has no feedback for the kernel of 'head', of shape \[2,1\]/),
      }),
    );
  });

  it.each([[[1, 1]], [[1, 2]], [[2]], [[2, 1, 1]], [[]], [[1, 1, 1, 1]]])(
    'of shape %j is refused with both shapes',
    (shape) => {
      expect(signal(() => tf.ones(shape))).toThrow(
        expect.objectContaining({
          code: 'shape-mismatch',
          message: expect.stringContaining(`of shape [${shape}], but its kernel has the shape [2,1]`),
        }),
      );
    },
  );

  it('is backpropagation where it has none for any', () => {
    expect(valuesOf(signal(undefined)())).toEqual([[2, 5]]);
  });
});
