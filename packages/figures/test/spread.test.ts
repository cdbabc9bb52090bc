import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spread } from '../src/spread.js';

const block = fc.record({
  middle: fc.double({ min: -50, max: 450, noNaN: true }),
  height: fc.integer({ min: 5, max: 40 }),
});

describe('spread', () => {
  it('keeps blocks apart, within the limits and in order, for any blocks that have room', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 10 }), (blocks) => {
        const tops = spread(blocks, { low: 0, high: 400 });
        const order = blocks.map((_, i) => i).sort((a, b) => blocks[a].middle - blocks[b].middle);
        for (const [k, i] of order.entries()) {
          const before = order[k - 1];
          const free = before === undefined ? 0 : tops[before] + blocks[before].height;
          expect(tops[i]).toBeGreaterThanOrEqual(free - 1e-9);
          expect(tops[i] + blocks[i].height).toBeLessThanOrEqual(400 + 1e-9);
        }
      }),
    );
  });

  it('leaves a block that nothing is in the way of where it should be', () => {
    fc.assert(
      fc.property(block, ({ middle, height }) => {
        const [top] = spread([{ middle, height }], { low: -100, high: 500 });
        expect(top + height / 2).toBeCloseTo(middle, 9);
      }),
    );
  });

  it('moves blocks that collide to both sides alike', () => {
    const three = [100, 100, 100].map((middle) => ({ middle, height: 20 }));
    expect(spread(three, { low: 0, high: 200 })).toEqual([70, 90, 110]);
  });
});
