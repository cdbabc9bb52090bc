import { colorsOf, ruleStrokes } from './colors.js';
import type { Line } from './figure.js';

type Marker = 'none' | 'circle' | 'triangle' | 'rect' | 'diamond';

/** How a line looks. */
export interface LineStyle {
  readonly name: string;
  readonly color: string;
  /** Lengths of strokes and gaps in pixels; none for a solid line. */
  readonly dash: readonly number[];
  readonly marker: Marker;
}

type Variant = Pick<LineStyle, 'dash' | 'marker'>;

const markers: readonly Marker[] = ['none', 'circle', 'triangle', 'rect', 'diamond'];

const variants = (dashes: readonly (readonly number[])[]): Variant[] =>
  markers.flatMap((marker) => dashes.map((dash) => ({ dash, marker })));

const dashed = variants([[7, 4]]);

/** Lines with both a dash and markers are restless: they come last. */
const isRestless = ({ dash, marker }: Variant) => dash.length > 0 && marker !== 'none';

const undashed = variants([[], [1.5, 3], [12, 3, 2, 3]]).sort(
  (a, b) => Number(isRestless(a)) - Number(isRestless(b)),
);

const ruleOf = (line: Line) => line.rule ?? line.name;

const isDashed = (line: Line) => line.dashed ?? ruleOf(line) === 'frozen';

/** Lines with the same key are one legend entry. */
export const keyOf = (line: Line): string => JSON.stringify([line.name, ruleOf(line), isDashed(line)]);

/** The look of every distinct line by its key: the colour by rule, dash and marker within a colour by rule and then in order. */
export function lineStyles(lines: readonly Line[]): Map<string, LineStyle> {
  const colors = colorsOf(lines.map(ruleOf));
  const taken = new Set<string>();
  const styles = new Map<string, LineStyle>();
  for (const line of lines) {
    const key = keyOf(line);
    if (styles.has(key)) continue;
    const color = colors.get(ruleOf(line)) as string;
    const choices = isDashed(line) ? dashed : undashed;
    const slotOf = (index: number) => `${color} ${isDashed(line)} ${index}`;
    let index = ruleStrokes.get(ruleOf(line)) ?? 0;
    while (taken.has(slotOf(index))) index++;
    taken.add(slotOf(index));
    styles.set(key, { name: line.name, color, ...choices[index % choices.length] });
  }
  return styles;
}
