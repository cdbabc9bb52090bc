import { describe, expect, it } from 'vitest';
import { figureToSvg } from '../src/index.js';
import { accuracy, figure, matrixPanel, pixelsOf, textsIn } from './support.js';

const both = figure([...accuracy.panels, matrixPanel([[1, -1, 0]])]);
const corner = (svg: string) => [...pixelsOf(svg).pixels.slice(0, 3)];
const dark = figureToSvg(both, { theme: 'dark' });
const auto = figureToSvg(both, { theme: 'auto' });

describe('themes', () => {
  it('are light where nothing else is said', () => {
    expect(figureToSvg(both, { theme: 'light' })).toBe(figureToSvg(both));
  });

  it('have a dark ground, and the same texts', () => {
    expect(corner(dark)).toEqual([0x16, 0x18, 0x1c]);
    expect(textsIn(dark)).toEqual(textsIn(figureToSvg(both)));
  });

  it('follow the reader, and are light where nobody is asked', () => {
    expect(auto).toContain('@media screen and (prefers-color-scheme:dark)');
    expect(corner(auto)).toEqual([255, 255, 255]);
  });

  it('keep their style from other figures of a page', () => {
    for (const svg of [dark, auto]) {
      const [, name] = svg.match(/^<svg class="([^"]*)"/) as RegExpMatchArray;
      const [, style] = svg.match(/<style>(.*)<\/style>/) as RegExpMatchArray;
      for (const rule of style.match(/\.[^{]*\{(fill|stroke):/g) ?? []) expect(rule).toMatch(`.${name} [`);
      expect(svg).not.toMatch(/ id=|url\(/);
    }
  });
});
