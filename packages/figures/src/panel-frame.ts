import type { PanelView } from './panel-view.js';
import { blockHeight } from './placed.js';
import { textWidth, widest, wrap } from './text-layout.js';
import { lineHeight, type TextStyle, textStyles } from './text-styles.js';

/** Pixels around the plots and their size: the same for all panels of a figure. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
}

export const gaps = { title: 10, tick: 8, label: 8 } as const;

/** Plot heights, as a share of the panel's width and in pixels. */
const plotHeight = { share: 0.56, least: 190, most: 380 };

/** Of a plot, where labels of numbers such as 10⁻¹⁰⁰ leave nothing. */
const leastWidth = 10;

export const wrapAxisLabel = (label: string, length: number): string[] =>
  wrap(label, textStyles.axisLabel, length);

const tallest = (blocks: readonly string[][], style: TextStyle): number =>
  Math.max(0, ...blocks.map((lines) => blockHeight(lines, style)));

/** High enough for what stands beside it, and for a y label in two lines or little more. */
function heightFor(view: PanelView, width: number): number {
  const height = Math.max(
    Math.min(plotHeight.most, Math.max(plotHeight.least, width * plotHeight.share)),
    view.leastHeight(width),
  );
  return Math.max(height, textWidth(view.yLabel(height), textStyles.axisLabel) / 2);
}

const leftOf = (view: PanelView, height: number): number =>
  blockHeight(wrapAxisLabel(view.yLabel(height), height), textStyles.axisLabel) +
  gaps.label +
  widest(
    view.yScale(height).ticks.map(({ label }) => label),
    textStyles.tick,
  ) +
  gaps.tick;

function rightOf(
  view: PanelView,
  { panelWidth, left, height }: { panelWidth: number; left: number; height: number },
): number {
  const xTicks = view.xScale(panelWidth - left).ticks.map(({ label }) => label);
  return Math.max(view.margin(panelWidth, height), widest(xTicks, textStyles.tick) / 2);
}

/** The frame that has room for every panel when each is `panelWidth` pixels wide. */
export function frameOf(views: readonly PanelView[], panelWidth: number): Frame {
  const most = (need: (view: PanelView) => number) => Math.ceil(Math.max(0, ...views.map(need)));
  const height = most((view) => heightFor(view, panelWidth));
  const left = most((view) => leftOf(view, height));
  const right = most((view) => rightOf(view, { panelWidth, left, height }));
  const width = Math.max(leastWidth, panelWidth - left - right);
  const titles = views.map(({ title }) => wrap(title, textStyles.panelTitle, width + right));
  const xLabels = views.map(({ xLabel }) => wrapAxisLabel(xLabel, width));
  return {
    left,
    right,
    width,
    height,
    top: tallest(titles, textStyles.panelTitle) + gaps.title,
    bottom: gaps.tick + lineHeight(textStyles.tick) + gaps.label / 2 + tallest(xLabels, textStyles.axisLabel),
  };
}
