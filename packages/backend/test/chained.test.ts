import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onEach } from './support.js';

onEach(() => {
  it('tensors have what tfjs-layers asks of them', () => {
    // biome-ignore lint/suspicious/noExplicitAny: with tfjs-core alone the types have none of them.
    const x = tf.tensor2d([1, -2, 3, 4], [2, 2]) as any;
    const found = {
      div: x.div(2),
      flatten: x.flatten(),
      mean: x.mean(),
      reshape: x.reshape([4, 1]),
      sign: x.sign(),
      square: x.square(),
      stridedSlice: x.flatten().stridedSlice([0], [4], [3]),
      sub: x.sub(x),
      sum: x.sum(0),
      transpose: x.transpose(),
    };
    const numbers = Object.fromEntries(Object.entries(found).map(([name, y]) => [name, y.arraySync()]));
    expect(numbers).toEqual({
      div: [
        [0.5, -1],
        [1.5, 2],
      ],
      flatten: [1, -2, 3, 4],
      mean: 1.5,
      reshape: [[1], [-2], [3], [4]],
      sign: [
        [1, -1],
        [1, 1],
      ],
      square: [
        [1, 4],
        [9, 16],
      ],
      stridedSlice: [1, 4],
      sub: [
        [0, 0],
        [0, 0],
      ],
      sum: [4, 2],
      transpose: [
        [1, 3],
        [-2, 4],
      ],
    });
    tf.dispose([x, found]);
  });
});
