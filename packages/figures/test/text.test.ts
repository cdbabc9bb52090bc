import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { textWidth, wrap } from '../src/text-layout.js';
import { textStyles } from '../src/text-styles.js';

const require = createRequire(import.meta.url);
const fontFiles = ['DejaVuSans', 'DejaVuSans-Bold'].map((font) =>
  require.resolve(`dejavu-fonts-ttf/ttf/${font}.ttf`),
);

/** The width of the ink of a text, as the font has it. */
const inkWidth = (text: string, weight: string) => {
  const escaped = text.replace(/[<&]/g, (character) => `&#${character.charCodeAt(0)};`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9999" height="200"><text y="150" font-family="DejaVu Sans" font-weight="${weight}" font-size="100">${escaped}</text></svg>`;
  return new Resvg(svg, { font: { fontFiles, loadSystemFonts: false } }).innerBBox()?.width ?? 0;
};

describe('text', () => {
  it('is never narrower than DejaVu Sans sets it', () => {
    const regular = { size: 100, bold: false, color: '' };
    for (let code = 33; code < 127; code++) {
      const text = String.fromCharCode(code).repeat(10);
      expect(inkWidth(text, 'normal'), text).toBeGreaterThan(0);
      expect(textWidth(text, regular), text).toBeGreaterThan(inkWidth(text, 'normal') - 2);
    }
    for (const text of ['α−β × 10⁻³ ± 0.5°', 'Übergrößenträger', 'Привет, мир', '→ ∂L/∂W ⊙ f′']) {
      expect(textWidth(text, regular), text).toBeGreaterThan(inkWidth(text, 'normal'));
    }
  });

  it('is never narrower than DejaVu Sans Bold sets words', () => {
    const bold = { size: 100, bold: true, color: '' };
    for (const text of ['Feedback alignment learns MNIST', 'WAVELENGTH 0123456789', 'three little jellies']) {
      expect(textWidth(text, bold), text).toBeGreaterThan(inkWidth(text, 'bold') * 0.99);
    }
  });

  it('wraps at spaces and within words that are too long, and loses nothing', () => {
    const style = textStyles.legend;
    const text = `feedback  alignment ${'x'.repeat(60)} end`;
    const lines = wrap(text, style, 120);
    expect(lines[0]).toBe('feedback');
    expect(lines.at(-1)).toMatch(/x end$/);
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    for (const line of lines) expect(textWidth(line, style)).toBeLessThanOrEqual(120);
    expect(wrap(' ', style, 120)).toEqual([]);
  });
});
