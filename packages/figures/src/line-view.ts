import type { Panel } from './figure.js';
import { referencesOf, xScaleOf, yScaleOf } from './panel-scales.js';
import type { PanelView } from './panel-view.js';
import { block, blockHeight, type PlacedText, type Rect } from './placed.js';
import type { Scale } from './scale.js';
import { seriesOf } from './series.js';
import { spread } from './spread.js';
import { widest, wrap } from './text-layout.js';
import { lineHeight, textStyles } from './text-styles.js';

const style = textStyles.reference;
const gap = 8;

/** The share of a panel's width that names of references may take. */
const share = 0.24;

const wrapReference = (label: string, panelWidth: number) => wrap(label, style, panelWidth * share);

const isInside = (position: number) => position >= 0 && position <= 1;

/** Names of references right of the plot, each as close to its line as the others allow. */
function referenceTexts(
  references: readonly { position: number; label: string }[],
  { plot, panelWidth }: { plot: Rect; panelWidth: number },
): PlacedText[] {
  const blocks = references.map(({ position, label }) => {
    const lines = wrapReference(label, panelWidth);
    return { lines, middle: (1 - position) * plot.height, height: blockHeight(lines, style) };
  });
  const x = plot.x + plot.width + gap;
  const overhang = lineHeight(style) / 2;
  return spread(blocks, { low: -overhang, high: plot.height + overhang }).flatMap((top, i) =>
    block(blocks[i].lines, style, { x, y: plot.y + top }),
  );
}

const hasPoint = ({ lines }: Panel, x: Scale, y: Scale): boolean =>
  lines.some(({ points, band = [] }) =>
    [...points, ...band].some(([a, b]) => !Number.isNaN(x.position(a) + y.position(b))),
  );

/** Lines over axes. */
export function lineView(panel: Panel): PanelView {
  const names = (panelWidth: number) =>
    referencesOf(panel).flatMap(({ label }) => wrapReference(label, panelWidth));
  return {
    title: panel.title,
    xLabel: panel.x.label,
    yLabel: panel.y.label,
    lines: panel.lines,
    isEmpty: !hasPoint(panel, xScaleOf(panel, 1), yScaleOf(panel, 1)),
    xScale: (width) => xScaleOf(panel, width),
    yScale: (height) => yScaleOf(panel, height),
    leastHeight: (panelWidth) => blockHeight(names(panelWidth), style),
    margin: (panelWidth) => (names(panelWidth).length > 0 ? gap + widest(names(panelWidth), style) : 0),
    content(plot, panelWidth) {
      const [x, y] = [xScaleOf(panel, plot.width), yScaleOf(panel, plot.height)];
      const references = referencesOf(panel)
        .map(({ value, label }) => ({ position: y.position(value), label }))
        .filter(({ position }) => isInside(position));
      return {
        texts: referenceTexts(references, { plot, panelWidth }),
        elements: [],
        series: (panelIndex, styles) =>
          seriesOf(
            { panel, x, y, references: references.map(({ position }) => position) },
            panelIndex,
            styles,
          ),
      };
    },
  };
}
