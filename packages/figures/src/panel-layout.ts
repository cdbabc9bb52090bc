import { type Frame, gaps, wrapAxisLabel } from './panel-frame.js';
import type { Content, PanelView } from './panel-view.js';
import { block, blockHeight, type PlacedText, type Rect, uprightBlock } from './placed.js';
import type { Scale } from './scale.js';
import { wrap } from './text-layout.js';
import { lineHeight, textStyles } from './text-styles.js';

/** A panel with its plot at its place. */
export interface PanelLayout {
  readonly plot: Rect;
  readonly x: Scale;
  readonly y: Scale;
  readonly content: Content;
  readonly texts: readonly PlacedText[];
}

/** The panel with the upper left corner of its frame at the given place. */
export function layOutPanel(view: PanelView, frame: Frame, corner: { x: number; y: number }): PanelLayout {
  const { width, height } = frame;
  const plot: Rect = { x: corner.x + frame.left, y: corner.y + frame.top, width, height };
  const content = view.content(plot, frame.left + width + frame.right);
  const title = wrap(view.title, textStyles.panelTitle, width + frame.right);
  const middle = { x: plot.x + width / 2, y: plot.y + height / 2 };
  const xLabel = {
    x: middle.x,
    y: plot.y + height + gaps.tick + lineHeight(textStyles.tick) + gaps.label / 2,
    align: 'center' as const,
  };
  const noData = { ...middle, y: middle.y - lineHeight(textStyles.axisLabel) / 2, align: 'center' as const };
  return {
    plot,
    x: view.xScale(width),
    y: view.yScale(height),
    content,
    texts: [
      ...block(title, textStyles.panelTitle, {
        x: plot.x,
        y: plot.y - gaps.title - blockHeight(title, textStyles.panelTitle),
      }),
      ...uprightBlock(wrapAxisLabel(view.yLabel(height), height), textStyles.axisLabel, {
        x: corner.x,
        y: middle.y,
      }),
      ...block(wrapAxisLabel(view.xLabel, width), textStyles.axisLabel, xLabel),
      ...content.texts,
      ...(view.isEmpty ? block(['no data'], textStyles.subtitle, noData) : []),
    ],
  };
}
