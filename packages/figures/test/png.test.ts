import { describe, expect, it } from 'vitest';
import { figureToSvg } from '../src/index.js';
import { svgToPng } from '../src/png.js';
import { accuracy, decoded } from './support.js';

const svg = figureToSvg(accuracy, { width: 480 });
const [, height] = (svg.match(/ height="(\d+)"/) as RegExpMatchArray).map(Number);

const sizeOf = (png: Uint8Array) => {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
};

const inked = (pixels: Uint8Array) => {
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i] + pixels[i + 1] + pixels[i + 2] < 3 * 250) count++;
  return count / (pixels.length / 4);
};

describe('svgToPng', () => {
  it('gives a PNG of twice the size of the SVG, or of the scale asked for', () => {
    const png = svgToPng(svg);
    expect([...png.slice(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(sizeOf(png)).toEqual([960, 2 * height]);
    expect(sizeOf(svgToPng(svg, { scale: 1 }))).toEqual([480, height]);
  });

  it('shows lines and text on white', () => {
    const share = (text: string) => inked(decoded(svgToPng(text, { scale: 1 }), 480, height));
    const wordless = svg.replace(/>[^<]*<\/text>/g, '></text>');
    expect(share(svg)).toBeGreaterThan(0.02);
    expect(share(svg)).toBeLessThan(0.2);
    expect(share(svg)).toBeGreaterThan(share(wordless) + 0.01);
    expect(share(wordless)).toBeGreaterThan(0.004);
  });

  it('sets bold text in bold', () => {
    const word = (weight: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40"><text y="30" font-size="24" font-family="DejaVu Sans" font-weight="${weight}">bold</text></svg>`;
    const dark = (weight: string) =>
      decoded(svgToPng(word(weight), { scale: 1 }), 100, 40).reduce((sum, byte) => sum + byte, 0);
    expect(dark('bold')).toBeGreaterThan(1.2 * dark('normal'));
  });

  it('refuses what is no scale and what is no SVG', () => {
    for (const scale of [0, -1, Number.NaN]) expect(() => svgToPng(svg, { scale })).toThrow(RangeError);
    expect(() => svgToPng(svg.replace('</svg>', ''))).toThrow();
  });
});
