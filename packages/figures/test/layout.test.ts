import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figureToSvg } from '../src/index.js';
import { type Layout, layOut } from '../src/layout.js';
import { swatchWidth } from '../src/legend-layout.js';
import type { PlacedText, Rect } from '../src/placed.js';
import { textWidth } from '../src/text-layout.js';
import { textStyles } from '../src/text-styles.js';
import { figures, widths } from './arbitraries.js';
import { markup, pixelsOf } from './support.js';

type Box = Rect & { what: string };

function boxOf({ text, x, y, style, align, upright }: PlacedText): Box {
  const [length, thickness] = [textWidth(text, style), style.size];
  if (upright)
    return { what: text, x: x - thickness / 2, y: y - length / 2, width: thickness, height: length };
  return {
    what: text,
    x: align === 'center' ? x - length / 2 : x,
    y: y - thickness / 2,
    width: length,
    height: thickness,
  };
}

/** Every text and swatch of a layout, the labels of the ticks included. */
function boxesOf({ texts, swatches, panels }: Layout): Box[] {
  const style = textStyles.tick;
  const ticks = panels.flatMap(({ plot, x, y }) => [
    ...x.ticks.map(({ position, label }) => {
      const width = textWidth(label, style);
      const middle = plot.x + position * plot.width;
      return { what: label, x: middle - width / 2, y: plot.y + plot.height + 8, width, height: style.size };
    }),
    ...y.ticks.map(({ position, label }) => {
      const width = textWidth(label, style);
      const middle = plot.y + (1 - position) * plot.height;
      return { what: label, x: plot.x - 8 - width, y: middle - style.size / 2, width, height: style.size };
    }),
  ]);
  return [
    ...[...texts, ...panels.flatMap((panel) => panel.texts)].map(boxOf),
    ...swatches.map(({ x, y, style: { name } }) => ({
      what: `swatch of ${name}`,
      x,
      y: y - 4,
      width: swatchWidth,
      height: 8,
    })),
    ...ticks,
  ];
}

const overlap = (a: Rect, b: Rect) =>
  a.x + a.width > b.x + 0.01 &&
  b.x + b.width > a.x + 0.01 &&
  a.y + a.height > b.y + 0.01 &&
  b.y + b.height > a.y + 0.01;

describe('layout', () => {
  it('cuts nothing off and lets nothing overlap, for any figure', () => {
    fc.assert(
      fc.property(figures, widths, (figure, width) => {
        const layout = layOut(figure, width);
        const boxes = boxesOf(layout);
        for (const box of boxes) {
          expect(box.x, box.what).toBeGreaterThanOrEqual(0);
          expect(box.y, box.what).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width, box.what).toBeLessThanOrEqual(layout.width);
          expect(box.y + box.height, box.what).toBeLessThanOrEqual(layout.height);
        }
        const plots = layout.panels.map(({ plot }) => ({ what: 'plot', ...plot }));
        const inPlots = (box: Box) => box.what === 'no data';
        const outside = [...boxes.filter((box) => !inPlots(box)), ...plots];
        const clashes = outside.flatMap((a, i) =>
          outside.slice(i + 1).flatMap((b) => (overlap(a, b) ? [[a, b]] : [])),
        );
        expect(clashes).toEqual([]);
        // Of 320 pixels labels such as −1.05×10⁻⁸⁷% leave little, and a bar of colours has numbers of its own.
        const least = figure.panels.some((panel) => 'matrix' in panel) ? 10 : 20;
        for (const { width: plotWidth } of plots) expect(plotWidth).toBeGreaterThanOrEqual(least);
      }),
      { numRuns: 300 },
    );
  });
});

describe('figureToSvg', () => {
  it('draws any figure as well-formed SVG without a number that is none', () => {
    fc.assert(
      fc.property(figures, widths, (figure, width) => {
        const svg = figureToSvg(figure, { width });
        expect(markup(svg)).not.toMatch(/NaN|Infinity|undefined|null|e\+/);
        expect(pixelsOf(svg).width).toBe(width);
      }),
      // Pictures are memory that no collector counts: to shrink a failure by thousands of them has taken 24 GB.
      { numRuns: 60, endOnFailure: true },
    );
  });
});
