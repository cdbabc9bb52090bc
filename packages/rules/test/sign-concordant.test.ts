import { createPass, forward } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type AnyRule, brsf, frsf, usf } from '../src/index.js';
import { chain, expectClose, onCpu, passOf, stateOf, targetOf, widths } from './support.js';

onCpu();

const network = () => chain(6, widths(5, 3, 4));

describe('the batch-Manhattan update', () => {
  it.each<[string, (options: { update: 'gradient' | 'batch-manhattan' }) => AnyRule]>([
    ['usf', usf],
    ['brsf', brsf],
    ['frsf', frsf],
  ])('under %s is the sign of each gradient, the output’s too', (_name, make) => {
    const of = network();
    const gradients = (update: 'gradient' | 'batch-manhattan') => {
      const rule = make({ update });
      expect(rule.options.update).toBe(update);
      return passOf(of, rule, stateOf(rule, of))
        .gradients()
        .map(({ gradient }) => gradient.compute());
    };
    const [signs, whole] = [gradients('batch-manhattan'), gradients('gradient')];
    expect(signs).toHaveLength(3);
    signs.forEach((sign, i) => void expectClose(sign, tf.sign(whole[i])));
  });
});

describe('sizes that are drawn anew', () => {
  const targetAt = (rule: AnyRule, step: number, of = network()) => {
    const pass = passOf(of, rule, null, { step });
    return rule.alignmentTarget?.(of.units[1], pass) as tf.Tensor;
  };

  it('are others at each step, for each kernel, with the signs of the weights', () => {
    const of = network();
    const [first, again, next] = [targetAt(brsf(), 0, of), targetAt(brsf(), 0, of), targetAt(brsf(), 1, of)];
    expectClose(first, again);
    expect(first.arraySync()).not.toEqual(next.arraySync());
    for (const target of [first, next]) {
      expectClose(tf.sign(target), tf.sign(of.units[1].kernel?.variable as tf.Tensor));
    }
    expect(new Set(first.dataSync().map(Math.abs)).size).toBe(15);
    expect(brsf().init(of, null as never)).toBeNull();
  });

  it('are what the signal comes down by', () => {
    const of = network();
    const pass = passOf(of, brsf(), null, { step: 3 });
    const feedback = brsf().alignmentTarget?.(of.units[2], pass) as tf.Tensor2D;
    expectClose(pass.signal(of.units[1]), tf.matMul(pass.error as tf.Tensor2D, feedback, false, true));
  });

  it('have the size of the distribution: U(±√(6/(fan-in + fan-out))) by default', () => {
    const wide = chain(6, widths(200, 100, 4));
    const size = (options: Parameters<typeof brsf>[0]) =>
      tf.mean(tf.square(targetAt(brsf(options), 0, wide))).dataSync()[0];
    const bound = Math.sqrt(6 / 300);
    const largest = (options: Parameters<typeof brsf>[0]) =>
      tf.max(tf.abs(targetAt(brsf(options), 0, wide))).dataSync()[0];
    expect(size({}) * 150).toBeCloseTo(1, 1);
    expect(largest({}) / bound).toBeGreaterThan(0.99);
    expect(largest({}) / bound).toBeLessThanOrEqual(1);
    expect(largest({ distribution: 'xavier-normal' }) / bound).toBeGreaterThan(1.5);
    expect(size({ scale: 2 }) * 150).toBeCloseTo(4, 0);
    expect(size({ distribution: 'uniform' }) * 300).toBeCloseTo(1, 1);
  });

  it('come from a seed of their own, or from the pass’s numbers, without which they are refused', () => {
    const of = network();
    const given = forward(of, [tf.ones([2, 6])]);
    const error = tf.ones([2, 4]);
    const none = [tf.scalar(0)];
    const objective = {
      loss: none[0],
      losses: none,
      errors: [error],
      predictions: [error],
      targets: [error],
    };
    const signal = (rule: AnyRule) => createPass(given, objective, rule, null).signal(of.units[0]);
    expect(() => signal(brsf())).toThrow(/'brsf' draws random numbers/);
    expect(signal(brsf({ seed: 4 }))?.arraySync()).toEqual(signal(brsf({ seed: 4 }))?.arraySync());
    expect(signal(brsf({ seed: 4 }))?.arraySync()).not.toEqual(signal(brsf({ seed: 5 }))?.arraySync());
  });
});

describe('the angle between W and the feedback', () => {
  /** For normal weights: arccos √(2/π) with one size, arccos 2/π with independent normal sizes, arccos √(2/π)·√(3/4) with
   * uniform ones. */
  it.each<[string, AnyRule, number]>([
    ['usf', usf(), Math.sqrt(2 / Math.PI)],
    ['brsf', brsf(), Math.sqrt(2 / Math.PI) * Math.sqrt(3 / 4)],
    ['frsf', frsf(), Math.sqrt(2 / Math.PI) * Math.sqrt(3 / 4)],
    ['brsf with normal sizes', brsf({ distribution: 'xavier-normal' }), 2 / Math.PI],
    ['frsf with normal sizes', frsf({ distribution: 'xavier-normal' }), 2 / Math.PI],
  ])('%s: the one that signs alone give', (_name, rule, expected) => {
    const of = chain(3, widths(200, 300, 2));
    const target = targetOf(rule, of.units[1], of, stateOf(rule, of)) as tf.Tensor;
    const weights = of.units[1].kernel?.variable as tf.Tensor;
    const cosine = tf
      .div(tf.sum(tf.mul(weights, target)), tf.mul(tf.norm(weights), tf.norm(target)))
      .dataSync()[0];
    // 60,000 entries: a deviation of the mean of about 0.003.
    expect(Math.abs(cosine - expected)).toBeLessThan(0.01);
  });
});
