import { axisColor, gridColor } from './colors.js';
import type { PanelLayout } from './panel-layout.js';
import type { Scale } from './scale.js';
import { fontFamily, textStyles } from './text-styles.js';

const labelOf = ({ ticks }: Scale) => {
  const labels = new Map(ticks.map(({ position, label }) => [position, label]));
  return (position: number) => labels.get(position) ?? '';
};

/** What both axes share: from 0 to 1, with ticks only where the scale has them. */
const axis = (scale: Scale, panelIndex: number) => ({
  type: 'value' as const,
  gridIndex: panelIndex,
  min: 0,
  max: 1,
  silent: true,
  splitLine: { show: false },
  axisLine: { show: true, onZero: false, lineStyle: { color: axisColor, width: 1 } },
  axisTick: {
    show: true,
    length: 4,
    lineStyle: { color: axisColor },
    customValues: scale.ticks.map(({ position }) => position),
  },
  axisLabel: {
    margin: 8,
    color: textStyles.tick.color,
    fontFamily,
    fontSize: textStyles.tick.size,
    customValues: scale.ticks.map(({ position }) => position),
    formatter: labelOf(scale),
  },
});

/** The horizontal axis in the words of ECharts. */
export const xAxisOf = ({ x }: PanelLayout, panelIndex: number) => axis(x, panelIndex);

/** The vertical axis: grid lines in place of axis line and ticks. */
export function yAxisOf({ y }: PanelLayout, panelIndex: number) {
  const base = axis(y, panelIndex);
  return {
    ...base,
    axisLine: { show: false },
    axisTick: { ...base.axisTick, show: false },
    splitLine: { show: true, lineStyle: { color: gridColor, width: 1 } },
  };
}

/** The plot's box; ECharts would otherwise shrink it by its own guess of the width of labels. */
export const gridOf = ({ plot }: PanelLayout) => ({
  left: plot.x,
  top: plot.y,
  width: plot.width,
  height: plot.height,
  outerBoundsMode: 'none' as const,
});
