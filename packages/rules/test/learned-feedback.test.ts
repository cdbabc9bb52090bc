import { createRng, type Pass, tensorsOf } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { dkp, kp, wm } from '../src/index.js';
import { chain, expectClose, matricesOf, onCpu, passOf, stateOf, targetOf, widths } from './support.js';

onCpu();

const images = () =>
  chain(6, [
    { name: 'map', outputShape: [2, 2, 3], kernelShape: [1, 1, 6, 12] },
    { name: 'hidden', outputShape: [5] },
    { name: 'head', outputShape: [4] },
  ]);
const angle = (a: tf.Tensor, b: tf.Tensor) => {
  const dot = (x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.mul(x, y)).dataSync()[0];
  return (Math.acos(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))) * 180) / Math.PI;
};

describe('Kolen–Pollack', () => {
  it('gives B the gradient of W and both the same decay; the first layer and the biases keep theirs', () => {
    const of = images();
    const rule = kp({ decay: 0.25 });
    const state = stateOf(rule, of);
    const parameters = rule.parameters?.(of, state) ?? [];
    expect(parameters.map(({ variable }) => variable)).toEqual([state.hidden, state.head]);
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(2);
    const updates = passOf(of, rule, state).gradients();
    expect(updates.map(({ parameter, decay }) => [parameter, decay])).toEqual([
      [of.units[0].kernel, undefined],
      [of.units[1].kernel, 0.25],
      [parameters[0], 0.25],
      [of.units[2].kernel, 0.25],
      [parameters[1], 0.25],
    ]);
    expect(updates[2].gradient.compute()).toBe(updates[1].gradient.compute());
    expect(updates[4].gradient.compute().shape).toEqual(state.head.shape);
  });

  it('sends δ_{l+1}·Bᵀ down, and begins with a draw of its own', () => {
    const of = images();
    const state = stateOf(kp(), of);
    const pass = passOf(of, kp(), state);
    expectClose(
      pass.signal(of.units[1]),
      tf.matMul(pass.error as tf.Tensor2D, state.head as unknown as tf.Tensor2D, false, true),
    );
    expect(targetOf(kp(), of.units[2], of, state)).toBe(state.head);
    expect(angle(state.hidden, of.units[1].kernel?.variable as tf.Tensor)).toBeGreaterThan(45);
    expect(kp().savesState).toBe(true);
  });

  it('leaves B alone where its kernel does not learn', () => {
    const of = images();
    const state = stateOf(kp(), of);
    const updates = passOf(of, kp(), state).gradients((parameter) => parameter !== of.units[1].kernel);
    expect(updates.map(({ parameter }) => parameter.variable)).toEqual([
      of.units[0].kernel?.variable,
      of.units[2].kernel?.variable,
      state.head,
    ]);
  });

  it('frees its variables with the rest of its state', () => {
    const of = images();
    const before = tf.memory().numTensors;
    const state = tf.tidy(() => {
      const made = stateOf(kp(), of);
      for (const [, variable] of tensorsOf(made)) tf.keep(variable);
      return made as never;
    }) as Record<string, tf.Variable>;
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose(state);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([-0.1, 1, Number.NaN])('refuses a decay of %f', (decay) => {
    for (const make of [kp, dkp]) {
      expect(() => make({ decay })).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    }
  });
});

describe('direct Kolen–Pollack', () => {
  it('gives F_l the gradient eᵀh_l, over all numbers of a feature map', () => {
    const of = images();
    const rule = dkp({ decay: 0.5 });
    const state = stateOf(rule, of);
    const pass = passOf(of, rule, state);
    const updates = pass.gradients();
    const found = new Map(updates.map((update) => [update.parameter.variable, update]));
    for (const unit of of.units.slice(0, -1)) {
      const h = tf.reshape(pass.activation(unit), [5, unit.size]) as tf.Tensor2D;
      const update = found.get(state[unit.name]);
      expectClose(update?.gradient.compute() ?? null, tf.matMul(pass.error as tf.Tensor2D, h, true));
      expect(update?.decay).toBe(0.5);
    }
    expect(of.units.map((unit) => found.get(unit.kernel?.variable as tf.Variable)?.decay)).toEqual([
      undefined,
      0.5,
      0.5,
    ]);
    expect(rule.parameters?.(of, state).map(({ variable }) => variable)).toEqual([state.map, state.hidden]);
  });

  it('projects the error as DFA does, warns as it does, and is compared as it is', () => {
    const of = images();
    const state = stateOf(dkp(), of);
    const pass = passOf(of, dkp(), state);
    const signal = tf.matMul(pass.error as tf.Tensor2D, state.map as unknown as tf.Tensor2D);
    expectClose(pass.signal(of.units[0]), tf.reshape(signal, [5, 2, 2, 3]));
    expect(dkp().warnings?.(of)).toEqual([expect.stringContaining('map')]);
    expectClose(targetOf(dkp(), of.units[2], of, state), tf.transpose(state.hidden));
  });
});

describe('the weight mirror', () => {
  const phased = (options: Parameters<typeof wm>[0], of = images()) => ({
    of,
    state: matricesOf(wm(options), of),
  });

  it('turns B towards W in its phases before training, and to the size of W over the decay', () => {
    for (const decay of [1, 0.5]) {
      const { of, state } = phased({ phases: 300, decay });
      for (const unit of of.units.slice(1)) {
        const weights = unit.kernel?.variable as tf.Tensor;
        expect(angle(state[unit.name], weights)).toBeLessThan(20);
        const ratio = tf.norm(state[unit.name]).dataSync()[0] / tf.norm(weights).dataSync()[0];
        expect(Math.abs(ratio * decay - 1)).toBeLessThan(0.15);
      }
    }
  });

  it('does not depend on the noise’s size, and begins as feedback alignment does', () => {
    const [small, large] = [0.1, 3].map((deviation) => phased({ phases: 20, deviation }).state);
    for (const name of ['hidden', 'head']) expectClose(small[name], large[name], 4);
    const { of, state } = phased({ phases: 0 });
    expect(angle(state.head, of.units[2].kernel?.variable as tf.Tensor)).toBeGreaterThan(30);
  });

  it.each([
    { noise: 'normal', deviation: 0.3, centred: true },
    { noise: 'uniform', deviation: 0.3, centred: true },
    { noise: 'uniform', deviation: 2, centred: false },
    { noise: 'uniform', deviation: 2, centred: false, outputs: 'sigmoid' },
  ] as readonly Required<Parameters<typeof wm>>[0][])(
    'is xᵀ(y − ȳ)/(M σ²) of the noise that %j asks for',
    (options) => {
      const of = chain(6, widths(30, 4));
      const { operation } = of.units[1].head;
      const { forward } = operation;
      let [x, y] = [tf.zeros([1, 30]), tf.zeros([1, 4])];
      Object.assign(operation, {
        forward: (...given: Parameters<typeof forward>) => {
          const record = forward(...given);
          [x, y] = [tf.keep(tf.clone(given[0][0])), tf.keep(tf.clone(record.output))];
          return record;
        },
      });
      const { deviation = 1, noise, centred, outputs } = options;
      const state = matricesOf(wm({ ...options, rate: 1, phases: 1, batch: 1000 }), of);
      expect(x.shape).toEqual([1000, 30]);
      const largest = tf.max(tf.abs(x)).dataSync()[0] / deviation;
      if (noise === 'uniform') expect(Math.abs(largest / Math.sqrt(3) - 1)).toBeLessThan(0.01);
      else expect(largest).toBeGreaterThan(3);
      expect(tf.mean(tf.square(x)).dataSync()[0] / deviation ** 2).toBeCloseTo(1, 1);
      expect(Math.abs(tf.mean(x).dataSync()[0]) / deviation).toBeLessThan(0.02);
      if (outputs === 'sigmoid') y = tf.sigmoid(y);
      const answers = centred ? tf.sub(y, tf.mean(y, 0)) : y;
      const sum = tf.matMul(x as tf.Tensor2D, answers as tf.Tensor2D, true);
      expectClose(state[of.units[1].name], tf.div(sum, 1000 * deviation ** 2), 4);
    },
  );

  it('lets nothing of B go without a decay, as the authors’ code', () => {
    const { of, state } = phased({ phases: 0 });
    const begun = phased({ phases: 1, rate: 1e-9, decay: 0 }, of).state;
    for (const name of ['hidden', 'head']) expectClose(begun[name], state[name]);
  });

  it('learns in every so many steps of training, from other noise each time', () => {
    const of = images();
    const rule = wm({ phases: 0, every: 3, rate: 0.1 });
    const state = stateOf(rule, of);
    const learned = (step: number) =>
      rule.learn?.(passOf(of, rule, state, { step }) as Pass<typeof state>) as typeof state;
    expect(learned(0)).toBe(state);
    expect(learned(1)).toBe(state);
    const [third, sixth] = [learned(2), learned(5)];
    expect(third.head.arraySync()).not.toEqual(state.head.arraySync());
    expect(third.head.arraySync()).not.toEqual(sixth.head.arraySync());
    expectClose(learned(2).head, third.head);
  });

  it('leaves nothing behind but B', () => {
    const of = images();
    const before = tf.memory().numTensors;
    const state = wm({ phases: 5 }).init(of, createRng(1));
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose(state);
  });

  it('counts the places of a feature map as examples', () => {
    const of = chain(6, widths(3, 4));
    const { operation } = of.units[1].head;
    const rows: number[] = [];
    const { forward } = operation;
    Object.assign(operation, {
      forward: (...given: Parameters<typeof forward>) => {
        rows.push(given[0][0].shape[0]);
        return forward(...given);
      },
    });
    stateOf(wm({ phases: 1, batch: 20 }), of);
    Object.assign(of.units[1].head, { outputShape: [2, 3, 4] });
    stateOf(wm({ phases: 1, batch: 20 }), of);
    expect(rows).toEqual([20, 4]);
  });

  it.each([
    { rate: 0 },
    { rate: 2 },
    { decay: -1 },
    { deviation: 0 },
    { batch: 1 },
    { noise: 1 as never },
    { centred: 1 as never },
    { every: 0 },
    { phases: 0.5 },
  ])('refuses %j', (options) => {
    const attempt = () => wm(options);
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(attempt).toThrow(Object.keys(options)[0]);
  });
});
