import type { Panel } from './figure.js';
import { keyOf } from './line-styles.js';
import type { Scale } from './scale.js';
import { textWidth, wrap } from './text-layout.js';
import { textStyles } from './text-styles.js';

const style = textStyles.name;

/** The share of a panel's width that names may take, and how many lines of text each. */
const share = 0.3;
const mostLines = 2;

/** More names than these are no longer read at the lines' ends. */
const mostNames = 12;

export const wrapName = (name: string, panelWidth: number): string[] => wrap(name, style, panelWidth * share);

/** Whether a name stands in few lines without a word broken. */
const fits = (name: string, panelWidth: number) =>
  wrapName(name, panelWidth).length <= mostLines &&
  name.split(/\s+/).every((word) => textWidth(word, style) <= panelWidth * share);

export const namedLines = ({ lines }: Panel) => lines.filter(({ name, muted }) => name !== '' && !muted);

/** Where a line ends: the last of its points that can be drawn. */
function endOf(points: Panel['lines'][number]['points'], { x, y }: { x: Scale; y: Scale }) {
  const last = points.findLast(([a, b]) => !Number.isNaN(x.position(a) + y.position(b)));
  return last && ([x.position(last[0]), y.position(last[1])] as const);
}

/** The end of each line that has a name, in shares of the plot from its lower left corner. */
export const lineEnds = (panel: Panel, scales: { x: Scale; y: Scale }) =>
  namedLines(panel).flatMap((line) => {
    const end = endOf(line.points, scales);
    return end ? [{ line, x: end[0], y: end[1] }] : [];
  });

/** Whether each line's name can stand at its end: all end within the plot, and the names are few and short. */
export function hasNamesAtEnds(panel: Panel, scales: { x: Scale; y: Scale }, panelWidth: number): boolean {
  const lines = namedLines(panel);
  const ends = lines.map(({ points }) => endOf(points, scales)).filter((end) => end !== undefined);
  return (
    ends.length > 0 &&
    lines.length <= mostNames &&
    new Set(lines.map(keyOf)).size === lines.length &&
    ends.every(([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1) &&
    lines.every(({ name }) => fits(name, panelWidth))
  );
}
