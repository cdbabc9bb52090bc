import { createRng } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Distribution, noise } from '../src/index.js';
import { onEach, property, seeds, small, withoutLeaks } from './support.js';

const distributions: Distribution[] = ['normal', 'uniform', 'rademacher'];
type Place = ReturnType<ReturnType<typeof createRng>['reserve']>;

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const places: fc.Arbitrary<Place> = fc.record({
  key: fc.tuple(word, word),
  counter: fc.oneof(
    fc.nat(100),
    fc.integer({ min: 2 ** 32 - 20, max: 2 ** 32 }),
    fc.integer({ min: 0, max: 2 ** 52 }),
  ),
});
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** As a generator at this place draws: to the last bit, but for normal numbers, which are rounded more than once. */
function expectDrawn(place: Place, shape: readonly number[], distribution: Distribution): Float32Array {
  const expected = createRng(place)[distribution](sizeOf(shape));
  let drawn: Float32Array = new Float32Array();
  withoutLeaks(() => {
    const tensor = noise(createRng(place), shape, distribution);
    expect([tensor.shape, tensor.dtype]).toEqual([[...shape], 'float32']);
    drawn = tensor.dataSync().slice() as Float32Array;
  });
  if (distribution !== 'normal') expect(drawn).toEqual(expected);
  else {
    const far = expected.findIndex((value, i) => !(Math.abs(drawn[i] - value) < 2e-6));
    expect([far, drawn.length]).toEqual([-1, expected.length]);
  }
  return drawn;
}

onEach(() => {
  describe.each(distributions)('%s noise', (distribution) => {
    it('is what the generator draws, in any shape, from any place', () => {
      fc.assert(
        fc.property(places, fc.array(small(9, 0), { maxLength: 4 }), (place, shape) => {
          expectDrawn(place, shape, distribution);
        }),
        property,
      );
    });

    it.each([0, 1, 2, 7, 63, 65, 1023, 1024, 1025, 4321, 32767, 32769, 70_001])('%d numbers', (size) => {
      for (const counter of [0, 2 ** 32 - 301, 2 ** 52 + 1]) {
        expectDrawn({ key: [0xfedcba98, 0x76543210], counter }, [size], distribution);
      }
    });

    it('leaves the generator where a draw of as many numbers would', () => {
      fc.assert(
        fc.property(seeds, small(20, 0), (seed, size) => {
          const [noisy, plain] = [createRng(seed), createRng(seed)];
          tf.tidy(() => void noise(noisy, [size], distribution));
          plain[distribution](size);
          expect(noisy.uniform(3)).toEqual(plain.uniform(3));
        }),
        property,
      );
    });
  });

  // Blocks of the stream of seed 1 whose words are extreme, found by a search of its first 2²⁸.
  it.each([
    { what: 'a large radius', counter: 114689898, word: 26 },
    { what: 'a small radius', counter: 234061265, word: 2 ** 32 - 21 },
    { what: 'a radius from the middle', counter: 181327552, word: 2 ** 31 - 2 },
    { what: 'almost no turn', counter: 148605516 },
    { what: 'almost a quarter of a turn', counter: 15648342 },
    { what: 'almost half a turn', counter: 127522818 },
    { what: 'almost three quarters of a turn', counter: 167482268 },
  ])('normal noise: $what', ({ counter, word }) => {
    const [x, y] = expectDrawn({ key: [1, 0], counter }, [2], 'normal');
    if (word === undefined) expect(Math.min(Math.abs(x), Math.abs(y))).toBeLessThan(1e-6);
    else expect(Math.hypot(x, y) / Math.sqrt(-2 * Math.log((word + 0.5) / 2 ** 32))).toBeCloseTo(1, 5);
  });
});
