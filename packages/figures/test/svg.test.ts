import { describe, expect, it } from 'vitest';
import { figureToSvg, type Panel } from '../src/index.js';
import { accuracy, figure, line, panel, paths, pixelsOf, textsIn } from './support.js';

const pairs = (...points: [number, number][]) => points;

const blue = '#0072B2';

describe('figureToSvg', () => {
  it('draws a white SVG as wide as asked that is well-formed', () => {
    const svg = figureToSvg(accuracy, { width: 480 });
    expect(svg).toMatch(/^<svg width="480" /);
    const { width, pixels } = pixelsOf(svg);
    expect(width).toBe(480);
    expect([...pixels.slice(0, 4)]).toEqual([255, 255, 255, 255]);
  });

  it('is 960 pixels wide by default', () => {
    expect(figureToSvg(accuracy)).toMatch(/^<svg width="960" /);
  });

  it('gives the same bytes for the same data, whatever was drawn before', () => {
    const first = figureToSvg(accuracy);
    figureToSvg(figure([panel([line('fa', [[0, 1]])]), panel([])]));
    expect(figureToSvg(structuredClone(accuracy))).toBe(first);
    expect(first).not.toMatch(/zr\d|ecmeta/);
  });

  it('writes every title, label, name and reference', () => {
    expect(textsIn(figureToSvg(accuracy))).toEqual(
      expect.arrayContaining([
        'Accuracy',
        'Mean over five seeds',
        'MNIST',
        'Fully connected',
        'epoch',
        'test accuracy',
        'chance',
        'bp mean',
        'fa mean',
        'dfa mean',
        'frozen mean',
        '40%',
      ]),
    );
  });

  it('escapes what XML reserves and drops what it forbids', () => {
    const name = '<b> & "c" \'d\' {e|f} ="zr7-id"';
    const svg = figureToSvg(figure([panel([line(name, [[1, 1]])])], { title: 'a\u0000b\ud800c\nd' }));
    expect(() => pixelsOf(svg)).not.toThrow();
    expect(textsIn(svg)).toContain(name);
    expect(textsIn(svg)).toContain('abc d');
  });

  it('takes names that every object has', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const svg = figureToSvg(figure([panel(names.map((name) => line(name, [[1, 1]])))]));
    expect(textsIn(svg)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('leaves gaps where points are not finite', () => {
    const pieces = (y: number) =>
      paths(
        figureToSvg(
          figure([
            panel([
              line(
                'bp',
                [0, 1, 2, 3, 4].map((x) => [x, x === 2 ? y : x]),
              ),
            ]),
          ]),
        ),
        blue,
      ).flatMap((path) => path.split('M').slice(1)).length;
    for (const y of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(pieces(y)).toBe(pieces(2) + 1);
    }
  });

  it('shows a point without neighbours as a dot', () => {
    const dots = (points: [number, number][]) =>
      figureToSvg(figure([panel([line('bp', points)])])).match(new RegExp(`fill="${blue}"`, 'g'))?.length ??
      0;
    expect(dots([[1, 1]])).toBe(1);
    expect(dots(pairs([1, 1], [2, 2]))).toBe(0);
    expect(dots(pairs([1, 1], [2, 2], [3, Number.NaN], [4, 4]))).toBe(1);
  });

  it('says where there are no data, and not elsewhere', () => {
    const empty = panel([line('bp', [[1, Number.NaN]])], { references: [{ value: 1, label: 'chance' }] });
    const texts = textsIn(figureToSvg(figure([empty, panel([line('bp', [[1, 1]])])])));
    expect(texts.filter((text) => text === 'no data')).toHaveLength(1);
    expect(texts).not.toContain('chance');
    expect(textsIn(figureToSvg(accuracy))).not.toContain('no data');
    expect(textsIn(figureToSvg(figure([])))).toEqual(['Accuracy']);
  });

  it('names a line in each panel at its end, and in a legend once for all panels', () => {
    const named = (panels: Panel[]) =>
      textsIn(figureToSvg(figure(panels))).filter((text) => text === 'bp').length;
    const one = panel([line('bp', [[1, 1]])]);
    expect(named([one, one])).toBe(2);
    const alike = panel([line('bp', [[1, 1]]), line('bp', [[1, 2]])]);
    expect(named([alike, alike])).toBe(1);
  });

  it('shades a band in the colour of its rule, down to the axis where a log axis cannot follow', () => {
    const band: [number, number, number][] = [
      [1, 0.1, 10],
      [2, -5, 10],
      [3, 0.1, 10],
    ];
    const draw = (more: [number, number, number][]) => {
      const shaded = line('bp', pairs([1, 1], [3, 1]), { band: [...band, ...more] });
      const svg = figureToSvg(figure([panel([shaded], { y: { label: 'loss', scale: 'log' } })]));
      return svg.match(/<polygon[^>]*fill-opacity[^>]*>/g) ?? [];
    };
    expect(draw([])).toHaveLength(1);
    expect(draw([])[0]).toContain(`fill="${blue}"`);
    expect(
      draw([
        [4, 1, Number.NaN],
        [5, 1, 2],
        [6, 1, 2],
      ]),
    ).toHaveLength(2);
  });

  it('refuses widths in which nothing is legible', () => {
    for (const width of [0, 319, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => figureToSvg(accuracy, { width })).toThrow(RangeError);
    }
  });
});
