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
  readonly yLabel: string;
  /** For the legend. */
  readonly lines: readonly Line[];
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

export interface Content {
  readonly texts: readonly PlacedText[];
  /** Elements of SVG, drawn after the axes and before the texts. */
  readonly elements: readonly string[];
  series(
    panelIndex: number,
    styles: ReadonlyMap<string, LineStyle>,
  ): (LineSeriesOption | CustomSeriesOption)[];
}

/** The one place that tells kinds of panels apart. */
export const viewOf = (panel: Figure['panels'][number]): PanelView =>
  'matrix' in panel ? matrixView(panel) : lineView(panel);
