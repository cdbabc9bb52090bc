import type { Panel } from './figure.js';
import { type Frame, gaps, wrapAxisLabel, wrapReference } from './panel-frame.js';
import { referencesOf, xScaleOf, yScaleOf } from './panel-scales.js';
import { block, blockHeight, type PlacedText, type Rect, uprightBlock } from './placed.js';
import type { Scale } from './scale.js';
import { spread } from './spread.js';
import { wrap } from './text-layout.js';
import { lineHeight, textStyles } from './text-styles.js';

/** A panel with its plot at its place. */
export interface PanelLayout {
  readonly panel: Panel;
  readonly plot: Rect;
  readonly x: Scale;
  readonly y: Scale;
  /** Where the reference lines are, from 0 at the bottom to 1 at the top. */
  readonly references: readonly number[];
  readonly texts: readonly PlacedText[];
}

const isInside = (position: number) => position >= 0 && position <= 1;

/** Names of references right of the plot, each as close to its line as the others allow. */
function referenceTexts(
  references: readonly { position: number; label: string }[],
  { plot, panelWidth }: { plot: Rect; panelWidth: number },
): PlacedText[] {
  const style = textStyles.reference;
  const blocks = references.map(({ position, label }) => {
    const lines = wrapReference(label, panelWidth);
    return { lines, middle: (1 - position) * plot.height, height: blockHeight(lines, style) };
  });
  const x = plot.x + plot.width + gaps.reference;
  const overhang = lineHeight(style) / 2;
  return spread(blocks, { low: -overhang, high: plot.height + overhang }).flatMap((top, i) =>
    block(blocks[i].lines, style, { x, y: plot.y + top }),
  );
}

const hasPoint = ({ lines }: Panel, x: Scale, y: Scale): boolean =>
  lines.some(({ points, band = [] }) =>
    [...points, ...band].some(([a, b]) => !Number.isNaN(x.position(a) + y.position(b))),
  );

/** The panel with the upper left corner of its frame at the given place. */
export function layOutPanel(panel: Panel, frame: Frame, corner: { x: number; y: number }): PanelLayout {
  const { width, height } = frame;
  const plot: Rect = { x: corner.x + frame.left, y: corner.y + frame.top, width, height };
  const [x, y] = [xScaleOf(panel, width), yScaleOf(panel, height)];
  const references = referencesOf(panel)
    .map(({ value, label }) => ({ position: y.position(value), label }))
    .filter(({ position }) => isInside(position));
  const title = wrap(panel.title, textStyles.panelTitle, width + frame.right);
  const middle = { x: plot.x + width / 2, y: plot.y + height / 2 };
  const xLabel = {
    x: middle.x,
    y: plot.y + height + gaps.tick + lineHeight(textStyles.tick) + gaps.label / 2,
    align: 'center' as const,
  };
  const noData = { ...middle, y: middle.y - lineHeight(textStyles.axisLabel) / 2, align: 'center' as const };
  return {
    panel,
    plot,
    x,
    y,
    references: references.map(({ position }) => position),
    texts: [
      ...block(title, textStyles.panelTitle, {
        x: plot.x,
        y: plot.y - gaps.title - blockHeight(title, textStyles.panelTitle),
      }),
      ...uprightBlock(wrapAxisLabel(panel.y, height), textStyles.axisLabel, { x: corner.x, y: middle.y }),
      ...block(wrapAxisLabel(panel.x, width), textStyles.axisLabel, xLabel),
      ...referenceTexts(references, { plot, panelWidth: frame.left + width + frame.right }),
      ...(hasPoint(panel, x, y) ? [] : block(['no data'], textStyles.subtitle, noData)),
    ],
  };
}
