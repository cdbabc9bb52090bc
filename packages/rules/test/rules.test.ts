import { createRng, type FeedbackRule, hiddenUnits, type Pass, tensorsOf } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  backpropagation,
  bp,
  dfa,
  directFeedbackAlignment,
  drtp,
  fa,
  feedbackAlignment,
  frozen,
  frozenBody,
  frsf,
  type RuleName,
  rules,
  sdfa,
  usf,
} from '../src/index.js';
import { chain, expectClose, matricesOf, onCpu, passOf, stateOf, targetOf, widths } from './support.js';

onCpu();

const images = () =>
  chain(6, [
    { name: 'map', outputShape: [2, 2, 3], kernelShape: [1, 1, 6, 12] },
    { name: 'hidden', outputShape: [5] },
    { name: 'head', outputShape: [4] },
  ]);

describe('the table of rules', () => {
  const settings: Record<RuleName, object[]> = {
    bp: [{}],
    fa: [{}, { distribution: 'normal', scale: 0.5 }, { distribution: 'low-rank', rank: 2, seed: 8 }],
    dfa: [{}, { distribution: 'unit-uniform', scale: 2, feedback: 'shared', normalizeConvolutions: false }],
    ifa: [{}, { distribution: 'orthogonal' }],
    sdfa: [{}, { feedback: 'shared' }],
    sparse: [{}, { density: 0.5 }],
    drtp: [{}, { scale: 3, blocks: ['map'] }],
    usf: [{}, { scale: 0.5, update: 'batch-manhattan' }],
    brsf: [{}, { scale: 0.5, distribution: 'uniform', seed: 8 }],
    frsf: [{}, { scale: 0.5, distribution: 'normal', store: 'seed' }],
    wm: [{ phases: 2 }, { phases: 1, rate: 0.5, decay: 0.5, deviation: 2, batch: 8, every: 3 }],
    kp: [{}, { decay: 0.01, distribution: 'weights' }],
    dkp: [{}, { decay: 0, scale: 2 }],
    'fg-a': [{}, { noise: 'rademacher', directions: 3, place: 'output', shared: true, masked: false }],
    'fg-w': [{}, { noise: 'rademacher', directions: 2, outputs: 'noise' }],
    guess: [{}, { space: 'weights', head: 'random' }, { head: 'fixed' }],
    pred: [{}, { blocks: [['map', 'hidden']] }],
    sim: [{}, { blocks: [['map'], ['hidden']] }],
    predsim: [{}, { blocks: [['map', 'hidden']], balance: 0.5 }],
    pepita: [{}, { scale: 0.1 }],
    ff: [{}, { threshold: 1, amplitude: 2 }],
    frozen: [{}],
  };
  const cases = (Object.keys(rules) as RuleName[]).flatMap((name) =>
    settings[name].map((options) => [name, options] as const),
  );

  it.each(cases)('%s %j: named as its key, and made again from its options', (name, options) => {
    const rule: FeedbackRule = rules[name].make(options) as FeedbackRule;
    expect(rule.name).toBe(name);
    expect(rule.options).toMatchObject(options);
    const written = JSON.parse(JSON.stringify(rule.options));
    expect(written).toEqual(rule.options);
    const again = rules[name].make(written) as FeedbackRule;
    expect(again.options).toEqual(rule.options);
    const network = images();
    const values = (of: FeedbackRule) =>
      tensorsOf(stateOf(of, network)).map(([path, tensor]) => [path, tensor.arraySync()]);
    expect(values(again)).toEqual(values(rule));
  });

  it.each(Object.entries(rules))('%s says what it is', (_name, { title, equation, source }) => {
    for (const text of [title, equation, source]) expect(text.length).toBeGreaterThan(3);
  });

  it('has the rules under their short names too', () => {
    expect([bp, fa, dfa, frozen]).toEqual([
      backpropagation,
      feedbackAlignment,
      directFeedbackAlignment,
      frozenBody,
    ]);
    expect([rules.bp, rules.fa, rules.dfa, rules.frozen].map(({ make }) => make)).toEqual([
      bp,
      fa,
      dfa,
      frozen,
    ]);
  });
});

describe.each([
  ['fa', fa()],
  ['dfa', dfa()],
  ['dfa, shared', dfa({ feedback: 'shared' })],
])('the feedback of %s', (_name, made) => {
  const rule = made as FeedbackRule;
  const drawn = (names: string[], seed: number) => {
    const network = chain(
      6,
      names.map((name) => ({ name, outputShape: [6] })),
    );
    return tensorsOf(stateOf(rule, network, seed)).map(([, tensor]) => tensor.arraySync());
  };

  it('depends on the seed and on the place of a unit, never on the names of layers', () => {
    const first = drawn(['a', 'b', 'c', 'd'], 1);
    expect(first.length).toBeGreaterThan(0);
    expect(drawn(['dense_17', 'z', 'b', 'a'], 1)).toEqual(first);
    expect(drawn(['a', 'b', 'c', 'd'], 2)).not.toEqual(first);
  });

  it('is an own draw for each unit', () => {
    const all = drawn(['a', 'b', 'c', 'd'], 1).map((matrix) => JSON.stringify(matrix));
    expect(new Set(all).size).toBe(all.length);
  });

  it('does not depend on what else was drawn from the run’s generator', () => {
    const network = chain(3, widths(4, 5, 2));
    const [rng, other] = [createRng(1), createRng(1)];
    other.uniform(7);
    const values = (given: typeof rng) =>
      tensorsOf(rule.init(network, given)).map(([, tensor]) => tensor.arraySync());
    expect(values(other)).toEqual(values(rng));
  });
});

describe('feedback alignment', () => {
  it('has a B of each kernel’s shape, but for the units that nothing lies below', () => {
    const network = images();
    const shapes = Object.fromEntries(
      Object.entries(matricesOf(fa(), network)).map(([name, { shape }]) => [name, shape]),
    );
    expect(shapes).toEqual({ hidden: [12, 5], head: [5, 4] });
    const deep = chain(6, [
      { name: 'first', outputShape: [6] },
      { name: 'conv', outputShape: [6], kernelShape: [1, 2, 3, 6] },
      { name: 'head', outputShape: [2] },
    ]);
    expect(matricesOf(fa(), deep).conv.shape).toEqual([1, 2, 3, 6]);
  });

  it('sends δ_{l+1}·Bᵀ down', () => {
    const network = images();
    const state = matricesOf(fa(), network);
    const pass = passOf(network, fa(), state);
    const hidden = tf.matMul(pass.error as tf.Tensor2D, state.head as tf.Tensor2D, false, true);
    expectClose(pass.signal(network.units[1]), hidden);
    const map = tf.matMul(hidden, state.hidden as tf.Tensor2D, false, true);
    expectClose(pass.signal(network.units[0]), tf.reshape(map, [5, 2, 2, 3]));
  });

  it('aligns each kernel with its own B', () => {
    const network = images();
    const rule = fa();
    const state = stateOf(rule, network);
    const targets = network.units.map((unit) => targetOf(rule, unit, network, state));
    expect(targets).toEqual([null, state.hidden, state.head]);
  });
});

describe('direct feedback alignment', () => {
  it.each(['independent', 'shared'] as const)(
    'projects the error to each unit: e·F in its shape (%s)',
    (feedback) => {
      const network = images();
      const rule = dfa({ feedback });
      const state = stateOf(rule, network);
      const pass = passOf(network, rule, state);
      const [map, hidden] = hiddenUnits(network).map((unit) => {
        if (feedback === 'independent') return state[unit.name] as tf.Tensor2D;
        const part = tf.slice(state.shared as tf.Tensor2D, [0, 0], [-1, unit.size]);
        // Variance 1/(3 d): a narrower unit's part is scaled up to its own.
        return tf.mul(part, Math.sqrt(12 / unit.size));
      });
      const error = pass.error as tf.Tensor2D;
      expectClose(
        pass.signal(network.units[0]),
        tf.reshape(tf.matMul(error, map as tf.Tensor2D), [5, 2, 2, 3]),
      );
      expectClose(pass.signal(network.units[1]), tf.matMul(error, hidden as tf.Tensor2D));
      expectClose(pass.signal(network.units[2]), error);
    },
  );

  it('counts every place of a feature map, or its channels only', () => {
    const spread = (normalizeConvolutions: boolean) => {
      const network = images();
      const values = matricesOf(dfa({ normalizeConvolutions }), network).map.dataSync();
      return Math.max(...values.map(Math.abs));
    };
    expect(spread(true)).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(12)));
    expect(spread(true)).toBeGreaterThan(0.9 / Math.sqrt(12));
    expect(spread(false)).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(3)));
    expect(spread(false)).toBeGreaterThan(0.9 / Math.sqrt(3));
    // The shared matrix is brought to the same size.
    const network = images();
    const [wide, narrow] = [true, false].map((normalizeConvolutions) => {
      const rule = dfa({ normalizeConvolutions, feedback: 'shared' });
      return passOf(network, rule, stateOf(rule, network)).signal(network.units[0]) as tf.Tensor;
    });
    expectClose(narrow, tf.mul(wide, 2));
  });

  it('expects F_{l−1}ᵀF_l of a hidden kernel and F_{L−1}ᵀ of the output’s', () => {
    const network = chain(6, widths(3, 5, 4));
    const rule = dfa();
    const state = stateOf(rule, network);
    const [first, second, head] = network.units;
    const target = (unit: typeof first) => targetOf(rule, unit, network, state);
    const [f1, f2] = [state['layer 0'], state['layer 1']] as tf.Tensor2D[];
    expect(target(first)).toBeNull();
    expectClose(target(second), tf.matMul(f1, f2, true));
    expectClose(target(head), tf.transpose(f2));
  });

  it('expects nothing of a kernel that is no matrix from unit to unit', () => {
    const network = chain(6, [
      { outputShape: [2, 2, 3] },
      { outputShape: [2, 2, 3], kernelShape: [12, 12] },
      { outputShape: [4] },
    ]);
    const rule = dfa();
    const state = stateOf(rule, network);
    // Same sizes: a dense layer over a flattened map. A convolution's kernel would be smaller.
    expect(targetOf(rule, network.units[1], network, state)?.shape).toEqual([12, 12]);
    const shrunk = {
      ...network.units[1],
      kernel: { name: 'k', variable: tf.variable(tf.zeros([3, 3])), trainable: true },
    };
    expect(targetOf(rule, shrunk, network, state)).toBeNull();
    const merged = { ...network.units[1], below: [network.units[0], network.units[0]] };
    expect(targetOf(rule, merged, network, state)).toBeNull();
    const bare = { ...network.units[1], kernel: undefined };
    expect(targetOf(rule, bare, network, state)).toBeNull();
  });

  it('warns of convolutions and of layers narrower than the outputs, by name, and of nothing else', () => {
    const convolutional = chain(6, [
      { name: 'map', outputShape: [2, 2, 3], kernelShape: [1, 1, 6, 12] },
      { name: 'head', outputShape: [4] },
    ]);
    expect(dfa().warnings?.(convolutional)).toEqual([expect.stringContaining('map')]);
    const narrow = chain(6, widths(3, 4));
    expect(dfa().warnings?.(narrow)).toEqual([
      expect.stringContaining(`narrower than the 4 outputs (${narrow.units[0].name}: 3)`),
    ]);
    expect(fa().warnings?.(narrow) ?? []).toEqual([]);
    expect(dfa().warnings?.(chain(6, widths(4, 4)))).toEqual([]);
  });

  it.each(['independent', 'shared'] as const)('has no feedback where nothing is hidden (%s)', (feedback) => {
    expect(stateOf(dfa({ feedback }), chain(3, widths(2)))).toEqual({});
  });
});

describe('direct rules that see less than the error', () => {
  const network = () => chain(6, widths(3, 4));
  const projected = (rule: FeedbackRule, taught: (pass: Pass) => tf.Tensor) => {
    const of = network();
    const state = stateOf(rule, of) as Record<string, tf.Tensor2D>;
    const pass = passOf(of, rule, state);
    expectClose(pass.signal(of.units[0]), tf.matMul(taught(pass) as tf.Tensor2D, state['layer 0']));
    expectClose(pass.signal(of.units[1]), pass.error);
  };

  it('sdfa projects the sign of the error over the number of examples', () => {
    projected(sdfa() as FeedbackRule, ({ error }) => tf.div(tf.sign(error), 5));
  });

  it('drtp projects what the target is, one-hot or as class numbers, with the error’s sign', () => {
    projected(drtp() as FeedbackRule, ({ targets }) => tf.div(targets[0], -5));
    const of = network();
    const rule = drtp();
    const state = stateOf(rule, of);
    const classes = [3, 0, 2, 2, 1];
    const { error, ...rest } = passOf(of, rule, state);
    const given = (targets: tf.Tensor) =>
      rule.signal(of.units[0], { ...rest, error, network: of, state, targets: [targets] } as Pass<
        typeof state
      >);
    const numbers = tf.tensor1d(classes, 'int32');
    expectClose(
      given(tf.reshape(numbers, [5, 1])),
      given(tf.cast(tf.oneHot(numbers, 4), 'float32')) as tf.Tensor,
    );
  });
});

it.each([sdfa(), drtp()])('says that its signal never shrinks', (rule) => {
  expect(rule.warnings?.(chain(3, widths(4, 2)))).toEqual([expect.stringContaining('does not shrink')]);
});

describe('sign-concordant feedback', () => {
  it.each([
    ['usf', usf() as FeedbackRule],
    ['frsf', frsf() as FeedbackRule],
  ])('%s has the signs of the present weights, after they have changed too', (_name, rule) => {
    const network = images();
    const state = stateOf(rule, network);
    const [, hidden, head] = network.units;
    const weights = head.kernel?.variable as tf.Variable;
    const signOf = () => targetOf(rule, head, network, state) as tf.Tensor;
    expectClose(tf.sign(signOf()), tf.sign(weights));
    weights.assign(tf.neg(weights));
    const feedback = signOf();
    expectClose(tf.sign(feedback), tf.sign(weights));
    const pass = passOf(network, rule, state);
    const expected = tf.matMul(pass.error as tf.Tensor2D, feedback as tf.Tensor2D, false, true);
    expectClose(pass.signal(hidden), expected);
    expect(targetOf(rule, network.units[0], network, state)).toBeNull();
  });

  it('usf has one size, that of a kernel as Xavier draws it', () => {
    const network = images();
    const target = targetOf(usf(), network.units[2], network, null) as tf.Tensor;
    for (const value of target.dataSync()) expect(Math.abs(value)).toBeCloseTo(Math.sqrt(2 / (5 + 4)), 6);
  });

  it('frsf has the sizes of a draw, the same at each step', () => {
    const network = images();
    const state = matricesOf(frsf(), network);
    const target = targetOf(frsf(), network.units[2], network, state) as tf.Tensor;
    expectClose(tf.abs(target), tf.abs(state.head));
    expect(new Set(state.head.dataSync()).size).toBe(20);
  });
});

describe('what learns', () => {
  const learning = (rule: FeedbackRule) => {
    const network = images();
    const pass = passOf(network, rule, stateOf(rule, network));
    return pass.gradients(() => true).map(({ parameter }) => parameter.name);
  };

  it.each(['bp', 'fa', 'dfa', 'sdfa', 'drtp', 'usf', 'frsf'] as const)('under %s: every kernel', (name) => {
    expect(learning(rules[name].make() as FeedbackRule)).toEqual(['0/kernel', '1/kernel', '2/kernel']);
  });

  it('under frozen: the output’s kernel alone', () => {
    expect(learning(frozen() as FeedbackRule)).toEqual(['2/kernel']);
  });

  it('the output’s gradient is the same under every rule but pepita, whose output sees the second pass', () => {
    const network = images();
    const { pepita: _, ...alike } = rules;
    const [first, ...others] = Object.values(alike).map(({ make }) => {
      const rule = make() as FeedbackRule;
      const all = passOf(network, rule, stateOf(rule, network)).gradients();
      return all[all.length - 1].gradient.compute();
    });
    expect(others).toHaveLength(Object.keys(rules).length - 2);
    for (const other of others) expectClose(other, first, 6);
  });

  it('bp sends δ_{l+1}·Wᵀ down', () => {
    const network = chain(6, widths(3, 4));
    const pass = passOf(network, bp(), null);
    const weight = network.units[1].kernel?.variable as unknown as tf.Tensor2D;
    expectClose(pass.signal(network.units[0]), tf.matMul(pass.error as tf.Tensor2D, weight, false, true));
  });
});
