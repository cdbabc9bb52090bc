import { describe, expect, it } from 'vitest';
import { resized } from '../src/training/resized.js';
import { image } from './support.js';

describe('images of another size', () => {
  const bytes = (inputs: number[], shape: number[]) => [...resized(image(inputs, shape), 4).inputs];

  it('are what lies between the centres of pixels, and stay what they are where nothing changes', () => {
    expect(bytes([0, 100, 0, 100], [2, 2, 1])).toEqual([
      0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100,
    ]);
    expect(bytes([0, 0, 200, 200], [2, 2, 1])).toEqual([
      0, 0, 0, 0, 50, 50, 50, 50, 150, 150, 150, 150, 200, 200, 200, 200,
    ]);
    const same = Array.from({ length: 16 }, (_, i) => (7 * i) % 256);
    expect(bytes(same, [4, 4, 1])).toEqual(same);
  });

  it('are of the images that were selected, with their labels', () => {
    const two = { ...image([1, 1, 1, 1, 9, 9, 9, 9], [2, 2, 1]), labels: Uint8Array.of(0, 1) };
    const { inputs, labels, inputShape, count } = resized(
      { ...two, count: 1, indices: Uint32Array.of(1) },
      3,
    );
    expect([count, inputShape, [...labels], new Set(inputs)]).toEqual([1, [3, 3, 1], [1], new Set([9])]);
  });
});
