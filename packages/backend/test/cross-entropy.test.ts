import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from '../src/index.js';
import {
  expectClose,
  numbers,
  onEach,
  plain,
  property,
  seeds,
  small,
  toTensor,
  withoutLeaks,
} from './support.js';

const shapes = fc.array(small(4), { minLength: 1, maxLength: 3 });
const logit = fc.float({ min: -30, max: 30, noNaN: true });

/** p, L and e of one example. */
function softmaxed(a: readonly number[], y: readonly number[]) {
  const top = Math.max(...a);
  const total = a.reduce((sum, value) => sum + Math.exp(value - top), 0);
  const logs = a.map((value) => value - top - Math.log(total));
  const weight = y.reduce((sum, value) => sum + value, 0);
  const p = logs.map(Math.exp);
  return {
    p,
    loss: -logs.reduce((sum, value, i) => sum + y[i] * value, 0),
    error: p.map((value, i) => value * weight - y[i]),
  };
}

onEach(() => {
  it('softmax: p, −Σ y·log p and p·Σy − y, for soft targets that need not sum to one', () => {
    const cases = fc.record({
      leading: shapes,
      classes: small(6),
      seed: seeds,
      scale: fc.constantFrom(1, 10),
    });
    fc.assert(
      fc.property(cases, ({ leading, classes, seed, scale }) => {
        const shape = [...leading, classes];
        const a = numbers(shape, seed);
        a.values.set(a.values.map((value) => Math.fround(value * scale)));
        const y = plain(shape, numbers(shape, seed + 1).values.map(Math.abs));
        const [p, losses, error] = [plain(shape), plain(leading), plain(shape)];
        losses.values.forEach((_, row) => {
          const [from, to] = [row * classes, (row + 1) * classes];
          const each = softmaxed([...a.values.subarray(from, to)], [...y.values.subarray(from, to)]);
          p.values.set(each.p, from);
          error.values.set(each.error, from);
          losses.values[row] = each.loss;
        });
        withoutLeaks(() => {
          const share = scale === 1 ? undefined : 0.25;
          error.values.set(error.values.map((value) => value * (share ?? 1)));
          const found = softmaxCrossEntropy({ logits: toTensor(a), targets: toTensor(y) }, { scale: share });
          [p, losses, error].forEach((expected, i) => void expectClose(found[i], expected));
        });
      }),
      property,
    );
  });

  it('sigmoid: p, the binary cross-entropy and p − y, elementwise', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(logit, fc.float({ min: 0, max: 1, noNaN: true })), { minLength: 1 }),
        (pairs) => {
          const shape = [pairs.length];
          const [a, y] = [pairs.map(([value]) => value), pairs.map(([, target]) => target)];
          const p = a.map((value) => 1 / (1 + Math.exp(-value)));
          // log σ(a) = −log(1 + e⁻ᵃ), without a difference of nearly equal numbers.
          const softplus = (value: number) => Math.max(0, value) + Math.log1p(Math.exp(-Math.abs(value)));
          const losses = a.map((value, i) => y[i] * softplus(-value) + (1 - y[i]) * softplus(value));
          withoutLeaks(() => {
            const logits = toTensor(plain(shape, a));
            const found = sigmoidCrossEntropy({ logits, targets: toTensor(plain(shape, y)) }, {});
            expectClose(found[0], plain(shape, p));
            expectClose(found[1], plain(shape, losses));
            expectClose(
              found[2],
              plain(
                shape,
                p.map((value, i) => value - y[i]),
              ),
            );
          });
        },
      ),
      property,
    );
  });

  it('softmax of logits of ±200 is finite, the error of a wrong certainty whole', () => {
    const logits = tf.tensor2d([
      [200, -200, 0],
      [200, -200, 0],
    ]);
    const targets = tf.tensor2d([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const [p, losses, error] = softmaxCrossEntropy({ logits, targets }, {});
    expect(p.arraySync()).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
    expect(error.arraySync()).toEqual([
      [0, 0, 0],
      [1, -1, 0],
    ]);
    const [right, wrong] = losses.dataSync();
    expect(Math.abs(right)).toBe(0);
    // The true loss is 400; the smallest positive number bounds it.
    expect(wrong).toBeGreaterThan(80);
    expect(Number.isFinite(wrong)).toBe(true);
  });

  it('softmax tells losses beyond tfjs’ bound of 16 as they are', () => {
    const logits = tf.tensor2d([
      [0, 50],
      [0, 80],
    ]);
    const targets = tf.tensor2d([
      [1, 0],
      [1, 0],
    ]);
    const [, losses] = softmaxCrossEntropy({ logits, targets }, {});
    expectClose(losses, plain([2], [50, 80]), 1e-5);
  });

  it('sigmoid of logits of ±200 is finite and exact', () => {
    const logits = tf.tensor1d([200, 200, -200, -200]);
    const [p, losses, error] = sigmoidCrossEntropy({ logits, targets: tf.tensor1d([1, 0, 1, 0]) }, {});
    const close = (tensor: tf.Tensor, expected: number[]) => expectClose(tensor, plain([4], expected), 1e-6);
    close(p, [1, 1, 0, 0]);
    close(losses, [0, 200, 200, 0]);
    close(error, [0, 1, -1, 0]);
  });

  it.each([
    ['softmax', softmaxCrossEntropy],
    ['sigmoid', sigmoidCrossEntropy],
  ])('%s does not hide a NaN in the logits', (_name, crossEntropy) => {
    const logits = tf.tensor2d([[Number.NaN, 1]]);
    const [, losses] = crossEntropy({ logits, targets: tf.tensor2d([[1, 0]]) }, {});
    expect(losses.dataSync()[0]).toBeNaN();
  });
});
