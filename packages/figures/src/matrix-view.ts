import { signColors } from './colors.js';
import type { MatrixPanel } from './figure.js';
import { imageElement, pictureOf } from './matrix-picture.js';
import { horizontalScale, verticalSteps } from './panel-scales.js';
import type { PanelView } from './panel-view.js';
import { blockHeight, type PlacedText, type Rect, uprightBlock } from './placed.js';
import { type Scale, scaleOf } from './scale.js';
import { textWidth, widest, wrap } from './text-layout.js';
import { textStyles } from './text-styles.js';

const gaps = { bar: 14, tick: 5, label: 6 };
const barWidth = 10;

/** Colours in the bar; an odd number, so that one of them is zero's. */
const barSteps = 101;

/** Magnitudes beyond these are no numbers to a figure, as on an axis. */
const [smallest, largest] = [1e-100, 1e100];
const isNumber = (value: number) => Math.abs(value) <= largest;

const upsideDown = ({ ticks, position }: Scale): Scale => ({
  ticks: ticks.map((tick) => ({ ...tick, position: 1 - tick.position })),
  position: (value) => 1 - position(value),
});

function limitOf({ matrix, limit = 0 }: MatrixPanel): number {
  if (limit >= smallest && isNumber(limit)) return limit;
  let most = 0;
  for (const value of matrix.flat()) if (isNumber(value)) most = Math.max(most, Math.abs(value));
  return most >= smallest ? most : 1;
}

/** A matrix in colours, and right of it a bar that says which colour is which number. */
export function matrixView(panel: MatrixPanel): PanelView {
  const { matrix, rows, columns, value, title } = panel;
  const width = matrix.reduce((most, row) => Math.max(most, row.length), 0);
  const isEmpty = !matrix.some((row) => row.some(isNumber));
  const limit = limitOf(panel);
  const barScale = (height: number) =>
    scaleOf({ label: value, range: [-limit, limit] }, [], { count: verticalSteps(height), nice: false });
  const labelsWidth = (height: number) =>
    widest(
      barScale(height).ticks.map(({ label }) => label),
      textStyles.tick,
    );
  const wrapped = (height: number) => wrap(value, textStyles.axisLabel, height);
  const counted = (count: number) => (isEmpty ? [] : [0, count]);

  const textsOf = (plot: Rect): PlacedText[] => {
    const x = plot.x + plot.width + gaps.bar + barWidth + gaps.tick;
    const labels = barScale(plot.height).ticks.map(
      ({ position, label }): PlacedText => ({
        text: label,
        x,
        y: plot.y + (1 - position) * plot.height,
        style: textStyles.tick,
        align: 'left',
      }),
    );
    const place = { x: x + labelsWidth(plot.height) + gaps.label, y: plot.y + plot.height / 2 };
    return [...labels, ...uprightBlock(wrapped(plot.height), textStyles.axisLabel, place)];
  };
  const elementsOf = (plot: Rect): string[] => {
    const bar: Rect = { ...plot, x: plot.x + plot.width + gaps.bar, width: barWidth };
    const shades = Array.from({ length: barSteps }, (_, i) => [1 - (2 * i) / (barSteps - 1)]);
    return [
      imageElement(pictureOf(matrix, { width, limit, colors: signColors }), plot),
      imageElement(pictureOf(shades, { width: 1, limit: 1, colors: signColors }), bar),
    ];
  };
  return {
    title,
    xLabel: columns,
    yLabel: () => rows,
    lines: [],
    forLegend: () => [],
    isEmpty,
    xScale: (pixels) => horizontalScale({ label: columns }, counted(width), pixels),
    yScale: (pixels) =>
      upsideDown(
        scaleOf({ label: rows }, counted(matrix.length), { count: verticalSteps(pixels), nice: false }),
      ),
    leastHeight: () => textWidth(value, textStyles.axisLabel) / 2,
    margin: (_, height) =>
      isEmpty
        ? 0
        : gaps.bar +
          barWidth +
          gaps.tick +
          labelsWidth(height) +
          gaps.label +
          blockHeight(wrapped(height), textStyles.axisLabel),
    content: (plot) => ({
      texts: isEmpty ? [] : textsOf(plot),
      leaders: [],
      elements: isEmpty ? [] : elementsOf(plot),
      series: () => [],
    }),
  };
}
