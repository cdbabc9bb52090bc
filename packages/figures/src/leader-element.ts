import type { LineStyle } from './line-styles.js';
import type { Leader } from './panel-view.js';

const rounded = (value: number) => Number(value.toFixed(2));

/** The thin line between the end of a line and its name, in the line's colour. */
export function leaderElement({ key, from, to }: Leader, styles: ReadonlyMap<string, LineStyle>): string {
  const color = styles.get(key)?.color;
  const ends = `x1="${rounded(from.x)}" y1="${rounded(from.y)}" x2="${rounded(to.x)}" y2="${rounded(to.y)}"`;
  return `<line ${ends} stroke="${color}" stroke-width="1.2"/>`;
}
