import type { Axis, Panel } from './figure.js';
import { referencesOf, xScaleOf, yScaleOf } from './panel-scales.js';
import { blockHeight } from './placed.js';
import { textWidth, wrap } from './text-layout.js';
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

export const gaps = { title: 10, tick: 8, label: 8, reference: 8 } as const;

/** The share of a panel's width that names of references may take. */
const referenceShare = 0.24;

/** Plot heights, as a share of the panel's width and in pixels. */
const plotHeight = { share: 0.56, least: 190, most: 380 };

export const wrapReference = (label: string, panelWidth: number): string[] =>
  wrap(label, textStyles.reference, panelWidth * referenceShare);

export const wrapAxisLabel = ({ label }: Axis, length: number): string[] =>
  wrap(label, textStyles.axisLabel, length);

const widest = (texts: readonly string[], style: TextStyle): number =>
  Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, style))));

const tallest = (blocks: readonly string[][], style: TextStyle): number =>
  Math.max(0, ...blocks.map((lines) => blockHeight(lines, style)));

/** High enough for the names of the references and for a y label in two lines or little more. */
function heightFor(panel: Panel, width: number): number {
  const references = referencesOf(panel).flatMap(({ label }) => wrapReference(label, width));
  return Math.max(
    Math.min(plotHeight.most, Math.max(plotHeight.least, width * plotHeight.share)),
    blockHeight(references, textStyles.reference),
    textWidth(panel.y.label, textStyles.axisLabel) / 2,
  );
}

const leftOf = (panel: Panel, height: number): number =>
  blockHeight(wrapAxisLabel(panel.y, height), textStyles.axisLabel) +
  gaps.label +
  widest(
    yScaleOf(panel, height).ticks.map(({ label }) => label),
    textStyles.tick,
  ) +
  gaps.tick;

function rightOf(panel: Panel, { width, left }: { width: number; left: number }): number {
  const references = referencesOf(panel).flatMap(({ label }) => wrapReference(label, width));
  const xTicks = xScaleOf(panel, width - left).ticks.map(({ label }) => label);
  return Math.max(
    references.length > 0 ? gaps.reference + widest(references, textStyles.reference) : 0,
    widest(xTicks, textStyles.tick) / 2,
  );
}

/** The frame that has room for every panel when each is `width` pixels wide. */
export function frameOf(panels: readonly Panel[], panelWidth: number): Frame {
  const most = (need: (panel: Panel) => number) => Math.ceil(Math.max(0, ...panels.map(need)));
  const height = most((panel) => heightFor(panel, panelWidth));
  const left = most((panel) => leftOf(panel, height));
  const right = most((panel) => rightOf(panel, { width: panelWidth, left }));
  const width = panelWidth - left - right;
  const titles = panels.map(({ title }) => wrap(title, textStyles.panelTitle, width + right));
  const xLabels = panels.map(({ x }) => wrapAxisLabel(x, width));
  return {
    left,
    right,
    width,
    height,
    top: tallest(titles, textStyles.panelTitle) + gaps.title,
    bottom: gaps.tick + lineHeight(textStyles.tick) + gaps.label / 2 + tallest(xLabels, textStyles.axisLabel),
  };
}
