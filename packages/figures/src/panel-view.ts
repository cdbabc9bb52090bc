import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { Figure, Line } from './figure.js';
import type { LineStyle } from './line-styles.js';
import { lineView } from './line-view.js';
import { matrixView } from './matrix-view.js';
import type { PlacedText, Rect } from './placed.js';
import type { Scale } from './scale.js';

/** What layout and drawing ask of a panel, whatever it shows. */
export interface PanelView {
  readonly title: string;
  readonly xLabel: string;
  yLabel(height: number): string;
  readonly lines: readonly Line[];
  /** The lines that have no name within a panel of this width. */
  forLegend(panelWidth: number): readonly Line[];
  readonly isEmpty: boolean;
  xScale(width: number): Scale;
  yScale(height: number): Scale;
  /** The height of plot that what stands right of it needs, in a panel of this width. */
  leastHeight(panelWidth: number): number;
  /** Pixels right of the plot. */
  margin(panelWidth: number, height: number): number;
  /** What is in the plot and right of it. */
  content(plot: Rect, panelWidth: number): Content;
}

/** What leads from the end of a line, by its key, to the right side of the plot and from there to its name. */
export interface Leader {
  readonly key: string;
  readonly end: { readonly x: number; readonly y: number };
  /** Where the plot ends. */
  readonly from: number;
  readonly to: { readonly x: number; readonly y: number };
}

export interface Content {
  readonly texts: readonly PlacedText[];
  readonly leaders: readonly Leader[];
  /** Elements of SVG, drawn after the axes and before the texts. */
  readonly elements: readonly string[];
  series(
    panelIndex: number,
    styles: ReadonlyMap<string, LineStyle>,
  ): (LineSeriesOption | CustomSeriesOption)[];
}

/** The one place that tells kinds of panels apart. */
export function viewsOf(panels: Figure['panels']): PanelView[] {
  const withLines = panels.flatMap((panel) => ('matrix' in panel ? [] : [panel]));
  return panels.map((panel) => ('matrix' in panel ? matrixView(panel) : lineView(panel, withLines)));
}
