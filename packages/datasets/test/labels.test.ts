import { createRng } from '@feedalign/core';
import '@tensorflow/tfjs-backend-cpu';
import { argMax, sum } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batches,
  blobs,
  type Examples,
  select,
  split,
  standardized,
  toTensors,
} from '../src/index.js';

const examples = (labels: ArrayLike<number>, classes: number, more: Partial<Examples> = {}): Examples => ({
  count: labels.length,
  inputShape: [2],
  classes,
  inputs: Float32Array.from({ length: 2 * labels.length }, (_, i) => i),
  labels: labels as Uint8Array,
  scale: [1],
  offset: [0],
  ...more,
});
const all = (length: number) => Uint32Array.from({ length }, (_, i) => i);

/** Everything that takes examples. */
const takers: Record<string, (of: Examples) => unknown> = {
  batches: (of) => batches(of, { batchSize: 2 }),
  select: (of) => select(of, all(1)),
  'split, to train on': (of) =>
    split({ train: of, test: blobs({ rng: createRng(1) }).test }, { validation: 0, rng: createRng(1) }),
  'split, to test on': (of) =>
    split({ train: blobs({ rng: createRng(1) }).train, test: of }, { validation: 0, rng: createRng(1) }),
  standardized: (of) => standardized({ train: of, test: of }),
};
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error as { name: string; code: string; message: string };
  }
  throw new Error('nothing was refused');
};

describe('labels of any number of classes', () => {
  it('are kept, and one-hot at their place', async () => {
    const many = fc
      .integer({ min: 1, max: 70_000 })
      .chain((classes) =>
        fc.tuple(fc.constant(classes), fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: 4 })),
      );
    await fc.assert(
      fc.asyncProperty(many, fc.boolean(), async ([classes, labels], plain) => {
        const given = examples(plain ? labels : Uint32Array.from(labels), classes);
        const view = select(given, all(labels.length).reverse());
        const [batch] = batches(view, { batchSize: labels.length });
        const expected = labels.toReversed();
        expect([...batch.labels]).toEqual(expected);
        const { inputs, targets } = toTensors(batch);
        expect(targets.shape).toEqual([labels.length, classes]);
        expect([...argMax(targets, 1).dataSync()]).toEqual(expected);
        expect([...sum(targets, 1).dataSync()]).toEqual(expected.map(() => 1));
        const hot = batch.oneHot();
        expect(hot.reduce((total, value) => total + value, 0)).toBe(labels.length);
        expect(expected.map((label, row) => hot[row * classes + label])).toEqual(expected.map(() => 1));
        inputs.dispose();
        targets.dispose();
      }),
      {
        numRuns: 40,
        examples: [
          [[256, [255]], false],
          [[257, [256]], false],
          [[1000, [999, 255, 256]], true],
          [[65_537, [65_536]], false],
        ],
      },
    );
  });

  it('of 1,000 synthetic classes are all there', () => {
    const { train } = blobs({ classes: 1000, perClass: 1, rng: createRng(1) });
    expect([...train.labels]).toEqual([...all(1000)]);
  });
});

describe.each(Object.entries(takers))('%s', (_name, take) => {
  it.each([
    [
      '1 to K',
      [1, 2, 3],
      'Row 2 has the label 3, but there are 3 classes. Labels are whole numbers from 0 to 2: take 1',
    ],
    ['−1', Int8Array.of(0, -1), 'Row 1 has the label -1,'],
    ['NaN', [Number.NaN], 'Row 0 has the label NaN,'],
    ['between', Float32Array.of(0, 1.5), 'Row 1 has the label 1.5,'],
    ['text', ['0', '1'] as unknown as number[], "Row 0 has the label '0',"],
    ['missing', [0, undefined] as unknown as number[], 'Row 1 has the label undefined,'],
  ])('refuses labels that are %s by their row', (_what, labels, problem) => {
    const { code, message } = refusal(() => take(examples(labels, 3)));
    expect(code).toBe('invalid-option');
    expect(message).toContain(problem);
  });

  it.each<[string, Partial<Examples>]>([
    ['too few labels', { labels: Uint8Array.of(0, 1) }],
    ['too many labels', { labels: Uint8Array.of(0, 1, 2, 0) }],
    ['too few inputs', { inputs: new Float32Array(5) }],
    ['too many inputs', { inputs: new Float32Array(8) }],
    ['indices of another count', { indices: Uint32Array.of(0) }],
    ['a scale for other channels', { scale: [1, 1, 1], offset: [0, 0, 0] }],
    ['an offset that is missing', { scale: [1, 2] }],
  ])('refuses %s', (_what, more) => {
    const { name, code } = refusal(() => take(examples(Uint8Array.of(0, 1, 2), 3, more)));
    expect([name, code]).toEqual(['FeedalignError', 'shape-mismatch']);
  });

  it.each<[string, object]>([
    ['rows that are not there', { indices: Uint32Array.of(0, 1, 3) }],
    ['no classes', { classes: 0 }],
    ['inputs of doubles', { inputs: new Float64Array(6) }],
    ['inputs in a plain array', { inputs: [1, 2, 3, 4, 5, 6] }],
    ['no inputs', { inputs: undefined }],
    ['no labels', { labels: undefined }],
    ['no scale', { scale: undefined }],
    ['no shape', { inputShape: undefined }],
  ])('refuses %s', (_what, more) => {
    expect(refusal(() => take(examples(Uint8Array.of(0, 1, 2), 3, more))).code).toBe('invalid-option');
  });
});

it('a batch of one’s own with a label that is no class is refused, never written into the next row', () => {
  const [batch] = batches(examples([0, 1], 2), { batchSize: 2 });
  const strange: Batch = { ...batch, labels: Uint8Array.of(2, 0) };
  expect(refusal(() => toTensors(strange)).message).toMatch(/Row 0 has the label 2/);
  batch.labels[1] = 7;
  expect(refusal(() => batch.oneHot()).message).toMatch(/Row 1 has the label 7/);
});
