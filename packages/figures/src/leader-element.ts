import type { LineStyle } from './line-styles.js';
import type { Leader } from './panel-view.js';

const rounded = (value: number) => Number(value.toFixed(2));

type Place = Leader['to'];

/** Between the end of a line and its name, in the line's colour: dotted over the plot, then a thin line. */
export function leaderElement(
  { key, end, from, to }: Leader,
  styles: ReadonlyMap<string, LineStyle>,
): string {
  const stroke = `stroke="${styles.get(key)?.color}" stroke-width="1.2"`;
  const line = (a: Place, b: Place, more: string) =>
    `<line x1="${rounded(a.x)}" y1="${rounded(a.y)}" x2="${rounded(b.x)}" y2="${rounded(b.y)}" ${stroke}${more}/>`;
  const side = { x: from, y: end.y };
  const inside = from - end.x > 3 ? [line(end, side, ' stroke-dasharray="1 4"')] : [];
  return [...inside, line(side, to, '')].join('');
}
