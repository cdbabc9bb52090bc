import type { PlacedText } from './placed.js';
import { fontFamily } from './text-styles.js';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escaped = (text: string) => text.replace(/[&<>]/g, (character) => entities[character]);

const anchors: Record<PlacedText['align'], string> = { left: 'start', center: 'middle' };

/** From the middle of a capital letter down to its baseline, in em. */
const baseline = 0.36;

const rounded = (value: number) => Number(value.toFixed(2));

/**
 * A line of text as an element of SVG. ECharts does not get to see texts that users write: zrender 6.1 looks them up in
 * a plain object and stumbles over the names that every object has, such as 'constructor'.
 */
export function textElement({ text, x, y, style, align, upright = false }: PlacedText): string {
  const down = rounded(style.size * baseline);
  const place = upright
    ? `transform="translate(${rounded(x)} ${rounded(y)}) rotate(-90)" y="${down}"`
    : `x="${rounded(x)}" y="${rounded(y + down)}"`;
  const weight = style.bold ? ' font-weight="bold"' : '';
  const font = `font-family="${fontFamily}" font-size="${style.size}"${weight}`;
  return `<text ${place} text-anchor="${anchors[align]}" ${font} fill="${style.color}">${escaped(text)}</text>`;
}
