import type { Figure } from './figure.js';
import { layOutLegend, type Swatch } from './legend-layout.js';
import { keyOf, type LineStyle, lineStyles } from './line-styles.js';
import { frameOf } from './panel-frame.js';
import { layOutPanel, type PanelLayout } from './panel-layout.js';
import { viewsOf } from './panel-view.js';
import { block, blockHeight, type PlacedText } from './placed.js';
import { wrap } from './text-layout.js';
import { type TextStyle, textStyles } from './text-styles.js';

/** Everything of a figure at its place, in pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly PlacedText[];
  readonly swatches: readonly Swatch[];
  readonly panels: readonly PanelLayout[];
  /** Of each distinct line, by its key. */
  readonly styles: ReadonlyMap<string, LineStyle>;
}

const padding = 20;
const gaps = { subtitle: 2, legend: 12, panels: 18, columns: 28, rows: 24, source: 12 };

/** Two panels side by side are legible from this width on. */
const twoColumns = 640;

/** Leads a figure to a layout as wide as asked and as high as it needs. */
export function layOut(figure: Figure, width: number): Layout {
  const inner = width - 2 * padding;
  const texts: PlacedText[] = [];
  let bottom = padding;
  const write = (text: string, style: TextStyle, gap: number) => {
    const lines = wrap(text, style, inner);
    if (lines.length === 0) return;
    texts.push(...block(lines, style, { x: padding, y: bottom + gap }));
    bottom += gap + blockHeight(lines, style);
  };
  write(figure.title, textStyles.title, 0);
  write(figure.subtitle ?? '', textStyles.subtitle, gaps.subtitle);
  const views = viewsOf(figure.panels);
  const styles = lineStyles(views.flatMap(({ lines }) => lines));
  const columns = views.length > 1 && width >= twoColumns ? 2 : 1;
  const panelWidth = (inner - (columns - 1) * gaps.columns) / columns;
  const nameless = new Set(views.flatMap((view) => view.forLegend(panelWidth).map(keyOf)));
  const legend = layOutLegend(
    [...styles].flatMap(([key, style]) => (nameless.has(key) ? [style] : [])),
    { x: padding, y: bottom + gaps.legend, width: inner },
  );
  if (nameless.size > 0) bottom = legend.bottom;
  const frame = frameOf(views, panelWidth);
  const panelHeight = frame.top + frame.height + frame.bottom;
  const start = bottom + gaps.panels;
  const panels = views.map((view, i) =>
    layOutPanel(view, frame, {
      x: padding + (i % columns) * (panelWidth + gaps.columns),
      y: start + Math.floor(i / columns) * (panelHeight + gaps.rows),
    }),
  );
  const rows = Math.ceil(panels.length / columns);
  if (rows > 0) bottom = start + rows * (panelHeight + gaps.rows) - gaps.rows;
  write(figure.source ?? '', textStyles.source, gaps.source);
  return {
    width,
    height: bottom + padding,
    texts: [...texts, ...legend.texts],
    swatches: legend.swatches,
    panels,
    styles,
  };
}
