import { createRng, disposeTree, type FeedbackRule, tensorsOf } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type AnyRule, dfa, type FeedbackOptions, fa, frsf, ifa, kp, sparse, usf, wm } from '../src/index.js';
import { chain, expectClose, matricesOf, onCpu, passOf, stateOf, targetOf, widths } from './support.js';

onCpu();

const network = () => chain(6, widths(5, 3, 4));
const signals = (rule: AnyRule, of = network()) => {
  const pass = passOf(of, rule, stateOf(rule, of));
  return of.units.map((unit) => pass.signal(unit) as tf.Tensor);
};
const numbers = (matrices: Record<string, tf.Tensor>) =>
  Object.fromEntries(Object.entries(matrices).map(([name, matrix]) => [name, matrix.arraySync()]));
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was refused');
};

describe('a seed of its own', () => {
  it('draws the same feedback whatever the run’s is, and other feedback than another seed', () => {
    const unmirrored = (options: FeedbackOptions) => wm({ ...(options as object), phases: 0 });
    for (const make of [fa, dfa, frsf, kp, unmirrored] as ((options: FeedbackOptions) => AnyRule)[]) {
      const drawn = (options: FeedbackOptions, run: number) =>
        numbers(matricesOf(make(options), network(), run));
      expect(drawn({ seed: 4 }, 1)).toEqual(drawn({ seed: 4 }, 2));
      expect(drawn({ seed: 5 }, 1)).not.toEqual(drawn({ seed: 4 }, 1));
      expect(drawn({ seed: 1 }, 9)).toEqual(drawn({}, 1));
      expect(drawn({}, 1)).not.toEqual(drawn({}, 2));
    }
  });
});

describe("store: 'seed'", () => {
  const cases: [string, (options: { store: 'tensor' | 'seed' }) => AnyRule][] = [
    ['fa', fa],
    ['fa, low rank', (options) => fa({ ...options, distribution: 'low-rank', rank: 2, scale: 3 })],
    ['dfa', dfa],
    ['dfa, shared', (options) => dfa({ ...options, feedback: 'shared' })],
    ['dfa, orthogonal, its own seed', (options) => dfa({ ...options, distribution: 'orthogonal', seed: 3 })],
    ['sparse', sparse],
    ['ifa', ifa],
    ['frsf', frsf],
  ];

  it.each(cases)('%s: keeps no tensor, and gives the same bits', (_name, make) => {
    const [kept, drawn] = [make({ store: 'tensor' }), make({ store: 'seed' })];
    const of = network();
    expect(tensorsOf(stateOf(kept, of)).length).toBeGreaterThan(0);
    const state = stateOf(drawn, of);
    expect(tensorsOf(state)).toEqual([]);
    // The state is plain: it can be written down.
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    const [found, expected] = [signals(drawn, of), signals(kept, of)];
    found.forEach((signal, i) => void expect(signal.dataSync()).toEqual(expected[i].dataSync()));
    expect(drawn.savesState).toBe(false);
    for (const unit of of.units) {
      const target = targetOf(kept, unit, of, stateOf(kept, of));
      const again = targetOf(drawn, unit, of, state);
      expect(again?.dataSync()).toEqual(target?.dataSync());
    }
  });

  it('draws each matrix once in a pass', () => {
    const of = chain(6, widths(5, 5, 5, 4));
    const rule = dfa({ feedback: 'shared', store: 'seed' });
    const pass = passOf(of, rule, stateOf(rule, of));
    const before = tf.memory().numBytes;
    const [first, ...others] = of.units.slice(0, -1);
    pass.signal(first);
    const once = tf.memory().numBytes - before;
    for (const unit of others) pass.signal(unit);
    // 4·5 numbers of F are 80 bytes; the signals are 100 each.
    expect(tf.memory().numBytes - before - once).toBeLessThan(2 * once - 80);
  });

  it('cannot be a copy of the weights', () => {
    const { code, message } = refusal(() => fa({ store: 'seed', distribution: 'weights' }));
    expect(code).toBe('invalid-option');
    expect(message).toMatch(/store/);
  });
});

describe("distribution: 'weights'", () => {
  it('copies each kernel as it is when training begins, times the scale', () => {
    const of = network();
    const rule = fa({ distribution: 'weights', scale: 2 });
    const state = matricesOf(rule, of);
    const [, hidden, head] = of.units;
    for (const unit of [hidden, head]) {
      const weights = unit.kernel?.variable as tf.Variable;
      const before = tf.mul(weights, 2);
      expectClose(state[unit.name], before);
      weights.assign(tf.neg(weights));
      expectClose(state[unit.name], before);
    }
    expect(rule.savesState).toBe(true);
    expect(rule.options).toMatchObject({ distribution: 'weights', scale: 2 });
  });

  it('is refused where feedback has not the shape of weights', () => {
    for (const make of [dfa, ifa, sparse]) {
      expect(refusal(() => make({ distribution: 'weights' as never })).code).toBe('invalid-option');
    }
  });
});

describe('values', () => {
  const matrix = () =>
    tf.tensor2d(
      Array.from({ length: 15 }, (_, i) => i),
      [5, 3],
    );

  it('stand for what would be drawn; the rest is drawn as ever', () => {
    const of = network();
    const given = matrix();
    const state = matricesOf(fa({ values: { 'layer 1': given } }), of);
    expectClose(state['layer 1'], given);
    expectClose(state['layer 2'], matricesOf(fa(), of)['layer 2']);
    disposeTree(state);
    expect(given.isDisposed).toBe(false);
    const nested = fa({ values: { 'layer 1': given.arraySync() as number[][] }, store: 'seed' });
    const mixed = stateOf(nested, of);
    expect(tensorsOf(mixed).map(([name]) => name)).toEqual(['layer 1']);
    expectClose(mixed['layer 1'] as tf.Tensor, given);
  });

  it('travel with the model: the options have their names', () => {
    const rule = fa({ values: { 'layer 1': matrix() } });
    expect(rule.savesState).toBe(true);
    expect(rule.options.values).toEqual(['layer 1']);
    const again = fa(JSON.parse(JSON.stringify(rule.options)));
    expect(again.options).toEqual(rule.options);
    expect(again.savesState).toBe(true);
    expect(refusal(() => stateOf(again, network())).message).toMatch(/'layer 1' was given/);
  });

  it('of another shape, or for a unit that has no feedback, are refused by name', () => {
    const wrong = refusal(() => stateOf(fa({ values: { 'layer 1': tf.transpose(matrix()) } }), network()));
    expect(wrong.code).toBe('shape-mismatch');
    expect(wrong.message).toBe(
      "The feedback given for 'layer 1' has the shape [3,5], but [5,3] is needed. Give it in that shape.",
    );
    const stranger = refusal(() => stateOf(fa({ values: { 'layer 0': matrix() } }), network()));
    expect(stranger.code).toBe('invalid-option');
    expect(stranger.message).toMatch(/'layer 0'.*layer 1, layer 2/);
    const direct = refusal(() => stateOf(dfa({ values: { 'layer 0': matrix() } }), network()));
    expect(direct.message).toMatch(/\[4,5\] is needed/);
  });
});

it.each([
  ['a rank that is none', () => fa({ distribution: 'low-rank', rank: 0 })],
  ['a rank between', () => fa({ rank: 1.5 })],
  ['a density of zero', () => sparse({ density: 0 })],
  ['a density above one', () => dfa({ density: 2 })],
  ['an update that is none', () => usf({ update: 'manhattan' as never })],
])('%s is refused as the rule is made', (_what, make) => {
  expect(['invalid-option', 'unknown-name']).toContain(refusal(make).code);
});

it('feedback is drawn for what a rule teaches: a B for each kernel above it, an F for each unit', () => {
  const of = chain(6, widths(5, 5, 5, 4));
  const teaches = (unit: { name: string }) => unit.name === 'layer 1';
  const namesOf = (rule: FeedbackRule) => Object.keys(rule.init(of, createRng(1), teaches) as object);
  expect(namesOf(fa() as FeedbackRule)).toEqual(['layer 2']);
  expect(namesOf(dfa() as FeedbackRule)).toEqual(['layer 1']);
  expect(namesOf(ifa() as FeedbackRule)).toEqual([]);
});
