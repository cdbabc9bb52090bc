import fc from 'fast-check';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { figureToSvg } from '../src/index.js';
import { accuracy, figure, matrixPanel, pixelsOf, textsIn } from './support.js';

const draw = (...panels: Parameters<typeof figure>[0]) => figureToSvg(figure(panels));

/** The pictures of an SVG as rows of RGBA: the matrix, then its bar. */
const picturesIn = (svg: string) =>
  [...svg.matchAll(/base64,([^"]*)"/g)].map(([, data]) => {
    const { width, height, data: bytes } = decode(Buffer.from(data, 'base64'));
    return Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => [...bytes.slice((y * width + x) * 4, (y * width + x) * 4 + 4)]),
    );
  });

const [violet, orange, grey] = [
  [142, 91, 192],
  [199, 116, 0],
  [140, 140, 140],
];

describe('a panel with a matrix', () => {
  it('is a pixel for each number: the sign its colour, the magnitude its opacity', () => {
    const [picture] = picturesIn(
      draw(
        matrixPanel([
          [4, -2, 0],
          [Number.NaN, 1],
        ]),
      ),
    );
    expect(picture).toEqual([
      [
        [...orange, 255],
        [...violet, 128],
        [...orange, 0],
      ],
      [
        [...grey, 255],
        [...orange, 64],
        [...grey, 255],
      ],
    ]);
  });

  it('is symmetric about 0, and full at the limit and above', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1 }), (row) => {
        const opacity = (numbers: number[]) =>
          picturesIn(draw(matrixPanel([numbers], { limit: 3 })))[0][0].map((pixel) => pixel[3]);
        expect(opacity(row)).toEqual(opacity(row.map((value) => -value)));
        row.forEach((value, i) => {
          expect(opacity(row)[i]).toBe(Math.round(255 * Math.min(1, Math.abs(value) / 3)));
        });
      }),
      { numRuns: 20 },
    );
  });

  it('has a bar from the limit down to its negative, with numbers', () => {
    const svg = draw(matrixPanel([[0.3, -0.1]]));
    const bar = picturesIn(svg)[1].flat();
    expect([bar[0], bar[(bar.length - 1) / 2], bar.at(-1)]).toEqual([
      [...orange, 255],
      [...orange, 0],
      [...violet, 255],
    ]);
    expect(textsIn(svg)).toEqual(expect.arrayContaining(['0.2', '0.0', '−0.2', 'weight', 'input', 'output']));
  });

  it('shows its cells with sharp edges, row 0 on top', () => {
    const svg = draw(matrixPanel([[1], [-1]]));
    const box = svg.match(/<image x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/);
    const [x, y, width, height] = (box as RegExpMatchArray).slice(1).map(Number);
    const { pixels, width: all } = pixelsOf(svg);
    const at = (share: number) => {
      const place = (Math.round(y + share * height) * all + Math.round(x + width / 2)) * 4;
      return [...pixels.slice(place, place + 3)];
    };
    expect([at(0.1), at(0.48), at(0.52), at(0.9)]).toEqual([orange, orange, violet, violet]);
  });

  it('says where there are no data', () => {
    for (const matrix of [[], [[], []], [[Number.NaN]], [[Number.POSITIVE_INFINITY]]]) {
      const svg = draw(matrixPanel(matrix));
      expect(textsIn(svg)).toContain('no data');
      expect(svg).not.toContain('<image');
    }
    expect(textsIn(draw(matrixPanel([[0]])))).not.toContain('no data');
  });

  it('stands beside lines, and stays small', () => {
    const noise = Array.from({ length: 64 }, () => Array.from({ length: 400 }, () => Math.random() - 0.5));
    const svg = draw(...accuracy.panels, matrixPanel(noise));
    expect(textsIn(svg)).toEqual(expect.arrayContaining(['bp mean', 'Fully connected', 'A matrix']));
    expect(svg.length).toBeLessThan(90_000);
  });
});
