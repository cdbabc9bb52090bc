import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bp,
  clipped,
  combinators,
  dfa,
  distributions,
  fa,
  kp,
  makeRule,
  normalized,
  perLayer,
  type RuleEntry,
  rules,
  scheduled,
  wm,
} from '../src/index.js';
import { chain, expectClose, onCpu, stateOf, widths } from './support.js';

onCpu();

const all: [string, RuleEntry][] = Object.entries({ ...rules, ...combinators });
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error as { name: string; code: string; message: string; wayOut: string };
  }
  throw new Error('nothing was refused');
};
/** One line from us, with a way out. */
const expectPlain = (error: ReturnType<typeof refusal>, codes = ['invalid-option']) => {
  expect(error.name, error.message).toBe('FeedalignError');
  expect(codes, error.message).toContain(error.code);
  expect(error.message).not.toMatch(/\n/);
  expect(error.message.length).toBeLessThan(500);
  expect(error.wayOut.length, error.message).toBeGreaterThan(5);
};

class Options {
  scale = 2;
}
const hidden = Object.create({ scale: 2 });

/** What an option may be, and what it may not. */
const finite = {
  right: [0.5, -2, 0],
  wrong: [Number.NaN, Number.POSITIVE_INFINITY, '2', null, [1], {}, true],
};
const whole = { right: [0, 7], wrong: [-1, 1.5, Number.NaN, 2 ** 53, '1', null] };
const name = {
  wrong: ['constructor', '__proto__', 'toString', '', 'unifrom', 3, null, ['uniform'], tf.scalar],
};
const samples: Record<string, { right: unknown[]; wrong: unknown[] }> = {
  distribution: { right: ['normal', 'low-rank'], ...name },
  rank: { right: [1, 3], wrong: [0, ...whole.wrong] },
  scale: finite,
  seed: whole,
  values: {
    right: [{}, [], ['dense_1'], { dense_1: [[1]] }, { dense_1: new Float32Array(2) }, Object.create(null)],
    wrong: [null, 'dense_1', new Map(), [1], { dense_1: 'x' }, { dense_1: null }, new Float32Array(2)],
  },
  store: { right: ['tensor', 'seed'], ...name },
  update: { right: ['gradient', 'batch-manhattan'], ...name },
  normalizeConvolutions: { right: [true, false], wrong: [0, 'no', null] },
  density: { right: [0.01, 1], wrong: [0, -0.1, 1.1, Number.NaN, '1', null] },
  feedback: { right: ['independent', 'shared'], ...name },
  blocks: { right: [['a'], () => true], wrong: [null, 'a', [1], {}, true] },
  rate: { right: [0.5], wrong: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1'] },
  decay: { right: [0, 0.5], wrong: [-0.1, Number.NaN, Number.POSITIVE_INFINITY, '0', null] },
  noise: { right: ['normal', 'uniform'], wrong: [...name.wrong, 'rademacher'] },
  outputs: { right: ['logits', 'sigmoid'], ...name },
  centred: { right: [true, false], wrong: [0, 'no', null] },
  deviation: { right: [0.5], wrong: [0, -1, Number.NaN, Number.POSITIVE_INFINITY] },
  batch: { right: [2], wrong: [1, 2.5, Number.NaN, '2'] },
  every: { right: [1], wrong: [0, 1.5, Number.NaN] },
  phases: { right: [0], wrong: [-1, 0.5, Number.NaN] },
  directions: { right: [1, 8], wrong: [0, 1.5, Number.NaN, '2'] },
  place: { right: ['pre-activation', 'output'], ...name },
  shared: { right: [true, false], wrong: [0, 'no', null] },
  masked: { right: [true, false], wrong: [0, 'no', null] },
  loss: { right: ['prediction', 'similarity', 'both'], ...name },
  balance: { right: [0, 0.99, 1], wrong: [-0.1, 1.1, Number.NaN, '1', null] },
  space: { right: ['activations', 'weights'], ...name },
  head: { right: ['learned', 'fixed', 'random'], ...name },
  threshold: finite,
  amplitude: { right: [0.5, 3], wrong: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null] },
  groups: { right: [1, 4], wrong: [0, 1.5, Number.NaN, '2', null] },
  patches: { right: [true, false], wrong: [0, 'no', null] },
  stops: { right: [true, false], wrong: [0, 'no', null] },
  early: { right: [true, false], wrong: [0, 'yes', null] },
  norm: { right: [0.5], wrong: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null] },
  rule: { right: ['fa', { rule: 'fa' }], wrong: [1, null, [], new Map()] },
  layers: {
    right: [{}, { a: 'fa' }, { a: { rule: 'fa', options: {} } }],
    wrong: [null, [], 'fa', new Map()],
  },
  otherwise: { right: ['bp'], wrong: [1, null, []] },
};
const listed = {
  right: [[['a', 'b'], ['c']], []],
  wrong: [null, 'a', ['a'], [[1]], [{ length: 1 }], {}, true],
};
/** Where the same name means something else. */
const special: Record<string, Record<string, { right: unknown[]; wrong: unknown[] }>> = {
  scheduled: {
    phases: { right: [[{ rule: 'fa' }]], wrong: [null, {}, 'fa', ['fa'], [null], [[]], 2] },
  },
  'fg-a': { noise: { right: ['normal', 'rademacher'], wrong: [...name.wrong, 'uniform'] } },
  'fg-w': {
    noise: { right: ['normal', 'rademacher'], wrong: [...name.wrong, 'uniform'] },
    outputs: { right: ['error', 'noise'], ...name },
  },
  local: { blocks: listed },
  pred: { blocks: listed },
  sim: { blocks: listed },
  predsim: { blocks: listed },
  dkp: { feedback: { right: ['independent'], wrong: ['shared', 1] } },
};
/** What a combination needs beside the option at hand. */
const needs: Record<string, object> = {
  perLayer: { otherwise: 'bp' },
  normalized: { rule: 'fa' },
  clipped: { rule: 'fa' },
  scheduled: { phases: [{ rule: 'fa' }] },
  local: { rule: 'fa' },
};

describe.each(all)('the options of %s', (rule, { make, schema }) => {
  const options = Object.keys(schema);
  const quoted = `'${rule}'`;

  it('may be left out, or be undefined one by one, or have no prototype', () => {
    const given = { ...needs[rule] };
    make(given);
    make({ ...Object.fromEntries(options.map((option) => [option, undefined])), ...given });
    make(Object.assign(Object.create(null), given));
    make(Object.freeze(given));
  });

  it.each([
    null,
    [],
    ['fa'],
    'uniform',
    3,
    true,
    new Map([['scale', 2]]),
    new Options(),
    hidden,
    () => ({}),
    new Date(),
  ])('are refused as %o', (wrong) => {
    const error = refusal(() => make(wrong));
    expectPlain(error);
    expect(error.message).toContain(quoted);
    for (const option of options) expect(error.message).toContain(option);
  });

  it.each(options.filter((option) => option !== 'feedback' || rule !== 'dkp'))(
    'take what is right for %s, and refuse the rest by name',
    (option) => {
      const { right, wrong } = special[rule]?.[option] ?? samples[option];
      const made = (value: unknown) => () => make({ ...needs[rule], [option]: value });
      for (const value of right) {
        if (option === 'distribution' && value === 'low-rank' && rule === 'brsf') continue;
        expect(made(value)).not.toThrow();
      }
      for (const value of wrong) {
        if (rule === 'wm' && option === 'decay' && value === 0) continue;
        const error = refusal(made(value));
        expectPlain(error, ['invalid-option', 'unknown-name']);
        expect(error.message).toContain(option);
        if (!special[rule]) expect(error.message).toContain(quoted);
      }
    },
  );

  it('refuse any name that is none of theirs, with all that are', () => {
    const strange = fc
      .oneof(
        fc.string(),
        fc.constantFrom('__proto__', 'constructor', 'toString', 'Scale', 'distrbution', 'hasOwnProperty', ''),
      )
      .filter((key) => !options.includes(key));
    fc.assert(
      fc.property(strange, fc.anything(), (key, value) => {
        const given = { ...needs[rule] };
        Object.defineProperty(given, key, { value, enumerable: true, configurable: true, writable: true });
        const error = refusal(() => make(given));
        expectPlain(error);
        expect(error.message).toContain(quoted);
        for (const option of options) expect(error.message).toContain(option);
      }),
      { numRuns: 50 },
    );
  });

  it('are refused or taken, and never anything else, whatever they are', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withTypedArray: true,
    });
    const record = fc.dictionary(fc.constantFrom(...(options.length > 0 ? options : ['scale'])), anything, {
      maxKeys: 3,
    });
    fc.assert(
      fc.property(fc.oneof(anything, record), (given) => {
        try {
          make(given);
        } catch (error) {
          expectPlain(error as never, ['invalid-option', 'unknown-name']);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is said', () => {
  it.each<[() => unknown, string]>([
    [
      () => fa({ distrbution: 'normal' } as never),
      "The rule 'fa' has no option 'distrbution'. Did you mean distribution? It takes distribution, rank, scale, seed, values, store.",
    ],
    [
      () => fa({ scale: Number.POSITIVE_INFINITY }),
      "The rule 'fa' cannot take scale: Infinity. Give a finite number.",
    ],
    [() => dfa({ density: 0 }), "The rule 'dfa' cannot take density: 0. Give a share, above 0 and up to 1."],
    [() => fa({ seed: -1 }), "The rule 'fa' cannot take seed: -1. Give a whole number of at least 0."],
    [
      () => fa({ distribution: 'unifrom' as never }),
      `The rule 'fa' cannot take distribution: 'unifrom'. Did you mean uniform? Give one of ${Object.keys(distributions).join(', ')}, weights.`,
    ],
    [() => bp({ scale: 1 } as never), "The rule 'bp' has no option 'scale'. It takes none."],
    [
      () => kp(null as never),
      "The rule 'kp' cannot take null for its options. It takes distribution, rank, scale, seed, values, decay.",
    ],
    [
      () => makeRule({ rule: 'normalized', options: { rule: { rule: 'fa', options: { scale: '2' } } } }),
      "rule: The rule 'fa' cannot take scale: '2'. Give a finite number.",
    ],
    [
      () =>
        makeRule({
          rule: 'perLayer',
          options: { layers: { conv: { rule: 'clipped', options: { rule: 'dfb' } } }, otherwise: 'bp' },
        }),
      "layers.conv: rule: There is no rule 'dfb'. Use one of",
    ],
    [
      () => makeRule({ rule: 'scheduled', options: { phases: [{ rule: 'fa', options: { scale: 2 } }] } }),
      "phases.0: A phase has no option 'options'. It takes rule, until.",
    ],
    [
      () => makeRule({ rule: 'fa', option: {} } as never),
      "A rule, as one writes it down, has no option 'option'. Did you mean options? It takes rule, options.",
    ],
    [() => makeRule(null as never), 'A rule, as one writes it down, cannot take null for its options.'],
    [() => wm({ rate: 0.5, decay: 3 }), "The rule 'wm' cannot take rate: 0.5 with decay: 3. Give"],
  ])('%#', (act, expected) => {
    const { message } = refusal(act);
    expect(message.slice(0, expected.length)).toBe(expected);
  });
});

describe('combinations of anything but rules', () => {
  it.each<[string, () => unknown]>([
    ['a name', () => normalized('fa' as never)],
    ['nothing', () => clipped(undefined as never)],
    ['the function that makes one', () => normalized(fa as never)],
    ['a spec', () => perLayer({}, { rule: 'fa' } as never)],
    ['a layer’s name of a rule', () => perLayer({ a: 'fa' as never }, bp())],
    ['an array of layers', () => perLayer([fa()] as never, bp())],
    ['a phase that is a rule', () => scheduled([fa() as never])],
    ['a phase without a rule', () => scheduled([{} as never])],
    ['phases that are none', () => scheduled(null as never)],
    ['a rule with its options beside it', () => scheduled([{ rule: fa(), options: {} } as never])],
  ])('%s: refused', (_what, act) => {
    expectPlain(refusal(act));
  });
});

describe('given feedback', () => {
  const of = () => chain(6, widths(5, 3, 4));
  it.each<[string, () => unknown]>([
    ['of rows that differ', () => [[1, 2, 3], [1]]],
    ['of words', () => [['a', 'b', 'c']]],
    ['with NaN', () => Array.from({ length: 5 }, () => [1, Number.NaN, 1])],
    [
      'that has been disposed of',
      () => {
        const gone = tf.ones([5, 3]);
        gone.dispose();
        return gone;
      },
    ],
  ])('%s is refused by the unit’s name', (_what, given) => {
    const error = refusal(() => stateOf(fa({ values: { 'layer 1': given() as never } }), of()));
    expectPlain(error);
    expect(error.message).toContain("'layer 1'");
  });

  it('may be a tensor, nested arrays, or have no prototype', () => {
    const rows = Array.from({ length: 5 }, (_, i) => [i, 1, 2]);
    for (const given of [rows, tf.tensor2d(rows), rows.map((row) => Float32Array.from(row))]) {
      const values = Object.assign(Object.create(null), { 'layer 1': given });
      expectClose(stateOf(fa({ values }), of())['layer 1'] as tf.Tensor, tf.tensor2d(rows));
    }
  });
});
