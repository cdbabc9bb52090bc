import { lineHeight, type TextStyle } from './text-styles.js';

/** A box in pixels from the top left corner of the figure. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One line of text at its place; `y` is its middle. */
export interface PlacedText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly style: TextStyle;
  readonly align: 'left' | 'center';
  /** Reads from bottom to top. Default false. */
  readonly upright?: boolean;
}

/** The height of lines of text in pixels. */
export const blockHeight = (lines: readonly string[], style: TextStyle): number =>
  lines.length * lineHeight(style);

/** Lines of text under one another, the first with its upper edge at `y`. */
export const block = (
  lines: readonly string[],
  style: TextStyle,
  { x, y, align = 'left' }: { x: number; y: number; align?: PlacedText['align'] },
): PlacedText[] => lines.map((text, i) => ({ text, x, y: y + (i + 0.5) * lineHeight(style), style, align }));

/** Lines of text that read from bottom to top, the first with its left edge at `x`, their middles at `y`. */
export const uprightBlock = (
  lines: readonly string[],
  style: TextStyle,
  { x, y }: { x: number; y: number },
): PlacedText[] =>
  lines.map((text, i) => ({
    text,
    x: x + (i + 0.5) * lineHeight(style),
    y,
    style,
    align: 'center',
    upright: true,
  }));
