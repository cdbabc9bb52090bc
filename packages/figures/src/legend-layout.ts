import type { LineStyle } from './line-styles.js';
import { block, blockHeight, type PlacedText } from './placed.js';
import { textWidth, wrap } from './text-layout.js';
import { lineHeight, textStyles } from './text-styles.js';

/** A piece of line beside its name; `y` is its middle. */
export interface Swatch {
  readonly x: number;
  readonly y: number;
  readonly style: LineStyle;
}

export const swatchWidth = 30;
const nameGap = 8;
const entryGap = 24;
const rowGap = 2;

/** The legend in rows from left to right, with its upper edge at `y`; `bottom` is its lower edge. */
export function layOutLegend(
  styles: Iterable<LineStyle>,
  { x, y, width }: { x: number; y: number; width: number },
): { swatches: Swatch[]; texts: PlacedText[]; bottom: number } {
  const style = textStyles.legend;
  const swatches: Swatch[] = [];
  const texts: PlacedText[] = [];
  let [left, top, bottom] = [x, y, y];
  for (const line of styles) {
    const names = wrap(line.name, style, width - swatchWidth - nameGap);
    const entryWidth =
      swatchWidth + nameGap + Math.max(0, ...names.map((name) => Math.ceil(textWidth(name, style))));
    if (left > x && left + entryWidth > x + width) {
      left = x;
      top = bottom + rowGap;
    }
    swatches.push({ x: left, y: top + lineHeight(style) / 2, style: line });
    texts.push(...block(names, style, { x: left + swatchWidth + nameGap, y: top }));
    bottom = Math.max(bottom, top + Math.max(lineHeight(style), blockHeight(names, style)));
    left += entryWidth + entryGap;
  }
  return { swatches, texts, bottom };
}
