import { createRng } from '@feedalign/core';
import '@tensorflow/tfjs-backend-cpu';
import { memory } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batches, type Examples, select, toTensors } from '../src/index.js';

/** Example i is [3i, 3i + 1, 3i + 2] with label i mod 4. */
const examples = (count: number): Examples => ({
  count,
  inputShape: [1, 1, 3],
  classes: 4,
  inputs: Float32Array.from({ length: 3 * count }, (_, i) => i),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 4),
  scale: [1],
  offset: [0],
});
const firsts = (batch: { inputs: Float32Array }) =>
  [...batch.inputs].filter((_, i) => i % 3 === 0).map((v) => v / 3);

describe('batches', () => {
  it('gives each example exactly once, with its label, in an order set by the seed', () => {
    const sizes = fc.record({ count: fc.nat(100), batchSize: fc.integer({ min: 1, max: 120 }) });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.boolean(), ({ count, batchSize }, seed, shuffled) => {
        const pass = () => [
          ...batches(examples(count), { batchSize, rng: shuffled ? createRng(seed) : undefined }),
        ];
        const all = pass();
        const order = all.flatMap(firsts);
        const places = Array.from({ length: count }, (_, i) => i);
        expect(shuffled ? order.toSorted((a, b) => a - b) : order).toEqual(places);
        expect(all.flatMap((batch) => [...batch.labels])).toEqual(order.map((i) => i % 4));
        expect(all.slice(0, -1).every((batch) => batch.count === batchSize)).toBe(true);
        expect(pass().flatMap(firsts)).toEqual(order);
      }),
    );
  });

  it('shuffles', () => {
    const order = [...batches(examples(100), { batchSize: 100, rng: createRng(1) })].flatMap(firsts);
    expect(order).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('leaves out the remainder on request', () => {
    const counts = [...batches(examples(10), { batchSize: 4, dropRemainder: true })].map(
      ({ count }) => count,
    );
    expect(counts).toEqual([4, 4]);
  });

  it('follows the indices of a view', () => {
    const view = select(examples(10), Uint32Array.of(7, 2, 7));
    const [batch] = batches(view, { batchSize: 5 });
    expect(firsts(batch)).toEqual([7, 2, 7]);
    expect([...batch.labels]).toEqual([3, 2, 3]);
  });

  it('scales bytes, all alike or by channel', () => {
    const bytes = { ...examples(2), inputs: Uint8Array.of(0, 1, 2, 253, 254, 255) };
    const [alike] = batches({ ...bytes, scale: [1 / 255], offset: [0] }, { batchSize: 2 });
    expect([...alike.inputs]).toEqual([...Float32Array.from([0, 1, 2, 253, 254, 255], (v) => v / 255)]);
    const [byChannel] = batches({ ...bytes, scale: [1, 2, 4], offset: [0, 0.5, -1] }, { batchSize: 2 });
    expect([...byChannel.inputs]).toEqual([0, 2.5, 7, 253, 508.5, 1019]);
  });

  it('refuses a batch size that is none, at once', () => {
    expect(() => batches(examples(3), { batchSize: 0 })).toThrow(
      'batchSize is 0. Give a whole number of at least 1.',
    );
  });
});

describe('toTensors', () => {
  it('gives inputs in their shape and one-hot targets', async () => {
    const [batch] = batches(examples(3), { batchSize: 3 });
    const { inputs, targets } = toTensors(batch);
    expect(inputs.shape).toEqual([3, 1, 1, 3]);
    expect([...(await inputs.data())]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(targets.shape).toEqual([3, 4]);
    expect(await targets.array()).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ]);
    expect([inputs.dtype, targets.dtype]).toEqual(['float32', 'float32']);
  });

  it('disposes of the tensors of the last batch where the backend cannot fill them', () => {
    const [first, second] = batches(examples(4), { batchSize: 2 });
    const used = toTensors(first);
    const before = memory().numTensors;
    const made = toTensors(second, used);
    expect([used.inputs.isDisposed, used.targets.isDisposed]).toEqual([true, true]);
    expect(memory().numTensors).toBe(before);
    expect([...made.inputs.dataSync()]).toEqual([6, 7, 8, 9, 10, 11]);
  });
});
