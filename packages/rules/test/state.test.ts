import {
  checkState,
  type FeedbackRule,
  mapTree,
  type Network,
  outlined,
  outlineOf,
  type TensorTree,
  tensorsOf,
} from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnyRule,
  bp,
  brsf,
  clipped,
  dfa,
  dkp,
  drtp,
  fa,
  frozen,
  frsf,
  ifa,
  kp,
  normalized,
  perLayer,
  scheduled,
  sdfa,
  sparse,
  usf,
  wm,
} from '../src/index.js';
import { chain, expectClose, onCpu, passOf, stateOf, widths } from './support.js';

onCpu();

const network = () => chain(6, widths(5, 3, 4));
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error as { name: string; code: string; message: string };
  }
  throw new Error('nothing was refused');
};
const signals = (rule: AnyRule, of: Network, state: TensorTree) => {
  const pass = passOf(of, rule, state);
  return of.units.map((unit) => pass.signal(unit));
};

/** Rules that keep a state. */
const keeping: [string, () => AnyRule][] = [
  ['fa', fa],
  ['fa of a copy', () => fa({ distribution: 'weights' })],
  ['frsf', frsf],
  ['kp', kp],
  ['wm', () => wm({ phases: 1 })],
  ['dfa', dfa],
  ['dfa, shared', () => dfa({ feedback: 'shared' })],
  ['dfa by blocks', () => dfa({ blocks: ['layer 0'] })],
  ['ifa', ifa],
  ['sdfa', sdfa],
  ['sparse', sparse],
  ['drtp', drtp],
  ['dkp', dkp],
  ['fa by seeds', () => fa({ store: 'seed' })],
  ['dfa by seeds', () => dfa({ store: 'seed' })],
  ['normalized', () => normalized(kp())],
  ['clipped', () => clipped(dkp())],
  ['scheduled', () => scheduled([{ until: 2, rule: fa() }, { rule: kp() }])],
  ['perLayer', () => perLayer({ 'layer 0': kp(), 'layer 1': dfa() }, bp())],
];
const stateless: [string, () => AnyRule][] = [
  ['bp', bp],
  ['frozen', frozen],
  ['usf', usf],
  ['brsf', brsf],
  ['perLayer', () => perLayer({ 'layer 0': usf() }, bp())],
];

/** The tree without what lies at a path's beginning, or with it under another name. */
const renamed = (tree: TensorTree, path: string, name?: string): TensorTree => {
  const [key, ...rest] = path.split('/');
  const { [key]: branch, ...others } = tree as Record<string, TensorTree>;
  if (rest.length === 0 || (branch as { key?: unknown }).key)
    return name ? { ...others, [name]: branch } : others;
  return { ...others, [key]: renamed(branch, rest.join('/'), name) };
};
const firstOf = (state: TensorTree) => Object.keys(outlined(state))[0];

describe.each(keeping)('%s', (_name, make) => {
  it('without feedback, or with it under another name, is refused in training: never backpropagation', () => {
    const [of, rule] = [network(), make()];
    const state = stateOf(rule, of);
    const path = firstOf(state);
    expect(signals(rule, of, state).filter((signal) => signal)).not.toEqual([]);
    for (const name of [undefined, 'dense_17']) {
      const { code, message } = refusal(() => signals(rule, of, renamed(state, path, name)));
      expect(code).toBe('invalid-option');
      expect(message).toMatch(
        /^The rule '\w+' has no feedback for '(layer \d|shared)', of shape \[\d,\d\]\. Give it/,
      );
    }
  });

  it('with a tensor of another shape is refused, with both shapes', () => {
    const [of, rule] = [network(), make()];
    for (const shape of [[1, 1], [1, 1, 1, 1], [], [7]]) {
      let changed = false;
      const state = mapTree(stateOf(rule, of), () => {
        changed = true;
        return tf.variable(tf.ones(shape));
      });
      if (!changed) return;
      const { code, message } = refusal(() => signals(rule, of, state));
      expect(code).toBe('shape-mismatch');
      expect(message).toMatch(/has the shape \[[\d,]*\], but \[\d,\d\] is needed/);
      const checked = refusal(() => checkState(rule, of, state));
      expect(checked.code).toBe('shape-mismatch');
      expect(checked.message).toContain(`of shape [${shape}], but `);
    }
  });

  it('tells what it would make as it makes it, and takes that', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 5 }), (sizes) => {
        const of = chain(3, widths(...sizes));
        const rule = make();
        const state = stateOf(rule, of);
        expect(outlineOf(rule, of)).toEqual(withoutFalse(outlined(state)));
        checkState(rule, of, state);
        tf.disposeVariables();
      }),
      { numRuns: 8 },
    );
  });

  it('restored without its feedback, with it under another name, or with more is refused by the path', () => {
    const [of, rule] = [network(), make()];
    const state = stateOf(rule, of);
    const path = firstOf(state);
    const lost = refusal(() => checkState(rule, of, renamed(state, path)));
    expect(lost.code).toBe('invalid-option');
    expect(lost.message).toMatch(new RegExp(`'${rule.name}' at '${path}' is missing`));
    const strange = refusal(() => checkState(rule, of, renamed(state, path, 'dense_17')));
    expect(strange.message).toMatch(/is missing.*but there is .*dense_17/);
    const more = refusal(() => checkState(rule, of, { ...(state as object), dense_17: tf.ones([2, 2]) }));
    expect(more.message).toMatch(/no feedback at 'dense_17'/);
  });

  it('restored with nothing is refused where it cannot be drawn again', () => {
    const [of, rule] = [network(), make()];
    const attempt = () => checkState(rule, of, undefined);
    if (rule.savesState) expect(refusal(attempt).message).toMatch(/was not saved/);
    else attempt();
  });

  it('is checked without drawing: no tensor, and no variable, is left', () => {
    const [of, rule] = [network(), make()];
    const state = stateOf(rule, of);
    const [tensors, variables] = [
      tf.memory().numTensors,
      Object.keys(tf.engine().registeredVariables).length,
    ];
    checkState(rule, of, state);
    expect([tf.memory().numTensors, Object.keys(tf.engine().registeredVariables).length]).toEqual([
      tensors,
      variables,
    ]);
  });
});

const withoutFalse = (outline: ReturnType<typeof outlined>) =>
  Object.fromEntries(
    Object.entries(outline).map(([path, value]) => [
      path,
      value === 'plain' || value.isVariable ? value : { shape: value.shape },
    ]),
  );

describe.each(stateless)('%s', (_name, make) => {
  it('has nothing to restore, and takes that', () => {
    const [of, rule] = [network(), make()];
    checkState(rule, of, stateOf(rule, of));
    checkState(rule, of, undefined);
    expect(refusal(() => checkState(rule, of, { a: tf.ones([1]) })).message).toMatch(/no feedback at 'a'/);
  });
});

it('feedback that an optimizer trains has to be a variable, and other feedback must not be', () => {
  const of = network();
  const tensors = mapTree(stateOf(kp(), of), (tensor) => tf.clone(tensor));
  expect(refusal(() => checkState(kp(), of, tensors)).message).toMatch(
    /a tensor of shape.*but a variable of shape/,
  );
  const variables = mapTree(stateOf(fa(), of), (tensor) => tf.variable(tensor));
  expect(refusal(() => checkState(fa(), of, variables)).message).toMatch(/a variable of shape.*but a tensor/);
});

it('feedback that was given is checked by its shape, whatever is known of its numbers', () => {
  const of = network();
  const rule = fa({ values: { 'layer 1': tf.ones([5, 3]) } });
  const again = fa(JSON.parse(JSON.stringify(rule.options)));
  checkState(again, of, stateOf(rule, of));
  expect(refusal(() => checkState(again, of, undefined)).message).toMatch(/was not saved/);
});

it('a rule of one’s own is asked for a state, which is freed again', () => {
  const of = network();
  const own: FeedbackRule<{ heads: tf.Tensor[]; phases: number }> = {
    name: 'own',
    options: {},
    savesState: true,
    init: () => ({ heads: [tf.ones([2]), tf.variable(tf.ones([3]))], phases: 2 }),
    signal: () => null,
  };
  const state = own.init(of, undefined as never);
  const before = tf.memory().numTensors;
  checkState(own, of, state);
  checkState(normalized(own), of, { rule: state });
  expect(tf.memory().numTensors).toBe(before);
  expect(refusal(() => checkState(own, of, { ...state, heads: state.heads.slice(1) })).message).toMatch(
    /at 'heads\/0' is a variable of shape \[3\]/,
  );
  expect(refusal(() => checkState(own, of, { heads: state.heads })).message).toMatch(/'phases' is missing/);
});

it('layers may be named as what every object has', () => {
  const of = chain(6, [
    { name: 'constructor', outputShape: [3] },
    { name: '__proto__', outputShape: [4] },
    { name: 'toString', outputShape: [2] },
  ]);
  for (const [, make] of keeping.slice(0, 7)) {
    const rule = make();
    expect(tensorsOf(stateOf(rule, of)).length).toBeGreaterThan(0);
    checkState(rule, of, stateOf(rule, of));
    if (rule.name !== 'wm')
      expect(refusal(() => signals(rule, of, {})).message).toMatch(/has no feedback for/);
    signals(rule, of, stateOf(rule, of));
  }
});

it('given feedback of whole numbers is float32, as the kernels that it stands in for', () => {
  const of = network();
  const given = tf.ones([5, 3], 'int32');
  const state = stateOf(fa({ values: { 'layer 1': given } }), of) as Record<string, tf.Tensor>;
  expect(state['layer 1'].dtype).toBe('float32');
  expectClose(state['layer 1'], tf.ones([5, 3]));
  tf.dispose(state);
  expect(given.isDisposed).toBe(false);
});
