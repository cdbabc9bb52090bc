import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipArea, clipLine, type Place } from '../src/clip.js';
import { figureToSvg } from '../src/index.js';
import { svgToPng } from '../src/png.js';
import { figure, line, panel } from './support.js';

const share = fc.double({ min: -3, max: 4, noNaN: true });
const places = fc.array(fc.tuple(share, share), { maxLength: 12 });
const isInside = ([x, y]: Place) => x >= 0 && x <= 1 && y >= 0 && y <= 1;

/** Twice the signed area of a polygon. */
const doubleArea = (corners: readonly Place[]) =>
  corners.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    return sum + x * nextY - nextX * y;
  }, 0);

describe('clipping', () => {
  it('keeps to the plot and keeps every place within it', () => {
    fc.assert(
      fc.property(places, (line) => {
        const kept = clipLine(line);
        const near = ([x, y]: Place) => Math.max(-x, x - 1, -y, y - 1) < 1e-9;
        expect(kept.flat().every(near)).toBe(true);
        for (const place of line.filter(isInside)) expect(kept.flat()).toContain(place);
      }),
    );
  });

  it('cuts a line where it leaves the plot and begins anew where it comes back', () => {
    const line: Place[] = [
      [0, 0.5],
      [0.5, 1.5],
      [1, 0.5],
    ];
    expect(clipLine(line)).toEqual([
      [
        [0, 0.5],
        [0.25, 1],
      ],
      [
        [0.75, 1],
        [1, 0.5],
      ],
    ]);
    expect(clipLine([[0.5, 2], [0.6, 3]])).toEqual([]); // biome-ignore format: pairs
    expect(clipLine([[0.5, 2]])).toEqual([]);
  });

  it('cuts areas: of a rectangle remains what it shares with the plot', () => {
    fc.assert(
      fc.property(share, share, share, share, (a, b, c, d) => {
        const [left, right, low, high] = [Math.min(a, b), Math.max(a, b), Math.min(c, d), Math.max(c, d)];
        const corners: Place[] = [
          [left, low],
          [right, low],
          [right, high],
          [left, high],
        ];
        const overlap = (from: number, to: number) => Math.max(0, Math.min(1, to) - Math.max(0, from));
        expect(doubleArea(clipArea(corners)) / 2).toBeCloseTo(overlap(left, right) * overlap(low, high), 9);
      }),
    );
  });

  it('lets a figure with everything outside its range become a PNG', () => {
    const outside = line('bp', [[1, 5], [2, 6]], { band: [[1, 5, 6], [2, 6, 7]] }); // biome-ignore format: pairs
    const svg = figureToSvg(figure([panel([outside], { y: { label: 'y', range: [0, 1] } })]));
    expect(svgToPng(svg).length).toBeGreaterThan(1000);
  });
});
