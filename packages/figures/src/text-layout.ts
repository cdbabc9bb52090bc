import type { TextStyle } from './text-styles.js';

/** The text in one line, without the characters that XML forbids. */
const clean = (text: string): string =>
  text
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '')
    .trim();

/** Advance widths of DejaVu Sans in em, rounded up: figures are laid out without asking a browser or a font. */
const asciiWidths = new Map(
  (
    [
      ["'ijl", 0.28],
      [' ,.IJ', 0.32],
      ['/:;\\|f-', 0.37],
      ['()[]t!r', 0.42],
      ['"*_`', 0.5],
      ['sz?cL', 0.56],
      ['FkvxyPTYaeo', 0.62],
      ['$0123456789ESbdghnpqu{}K', 0.66],
      ['ABVXZCRUN', 0.75],
      ['HD&GOQ', 0.79],
      ['w#+<=>^~M', 0.87],
      ['%m@W', 1],
    ] as const
  ).flatMap(([characters, width]) => [...characters].map((character) => [character, width] as const)),
);

const boldFactor = 1.14;

const otherWidth = (character: string) => ((character.codePointAt(0) as number) < 0x1100 ? 0.8 : 1.02);

/** The width of one line of text in pixels; a little more than DejaVu Sans needs. */
export function textWidth(text: string, { size, bold }: TextStyle): number {
  let em = 0;
  for (const character of text) em += asciiWidths.get(character) ?? otherWidth(character);
  return em * size * (bold ? boldFactor : 1);
}

/** The width of the widest of several lines, in whole pixels. */
export const widest = (texts: readonly string[], style: TextStyle): number =>
  Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, style))));

/** The longest start of a word, of at least one character, that fits. */
function fittingStart(word: string, style: TextStyle, width: number): string {
  let start = '';
  for (const character of word) {
    if (start !== '' && textWidth(start + character, style) > width) break;
    start += character;
  }
  return start;
}

/** The text in lines of at most `width` pixels, broken at spaces and, where a word is longer than a line, within it. */
export function wrap(text: string, style: TextStyle, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of clean(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer, style) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    while (textWidth(word, style) > width) {
      const start = fittingStart(word, style, width);
      if (start === word) break;
      lines.push(start);
      word = word.slice(start.length);
    }
    line = word;
  }
  return line === '' ? lines : [...lines, line];
}
