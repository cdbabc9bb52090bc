import type { Panel } from './figure.js';
import { hasNamesAtEnds, lineEnds, namedLines, wrapName } from './line-names.js';
import { keyOf } from './line-styles.js';
import { type Kin, kinOf, referencesOf, xScaleOf, yScaleOf } from './panel-scales.js';
import type { Leader, PanelView } from './panel-view.js';
import { block, blockHeight, type PlacedText, type Rect } from './placed.js';
import type { Scale } from './scale.js';
import { seriesOf } from './series.js';
import { spread } from './spread.js';
import { widest, wrap } from './text-layout.js';
import { lineHeight, textStyles } from './text-styles.js';

const gap = 8;

/** Pixels in which a thin line leads from the end of a line to its name. */
const leaderLength = 14;

/** The share of a panel's width that names of references may take. */
const share = 0.24;

const wrapReference = (label: string, panelWidth: number) =>
  wrap(label, textStyles.reference, panelWidth * share);

const isInside = (position: number) => position >= 0 && position <= 1;

/** What stands right of a plot: the lines of a text, the place that it belongs to, and of a line's name the line's key and its end, from 0 on the left to 1. */
interface Label {
  readonly lines: readonly string[];
  readonly position: number;
  readonly named?: { readonly key: string; readonly end: number };
}

const styleOf = ({ named }: Label) => (named ? textStyles.name : textStyles.reference);

const leadOf = (labels: readonly Label[]) => (labels.some(({ named }) => named) ? leaderLength : 0);

/** The labels right of the plot, each as close to its place as the others allow, with what leads to them. */
function placed(labels: readonly Label[], plot: Rect): { texts: PlacedText[]; leaders: Leader[] } {
  const right = plot.x + plot.width;
  const x = right + gap + leadOf(labels);
  const blocks = labels.map((label) => ({
    middle: (1 - label.position) * plot.height,
    height: blockHeight(label.lines, styleOf(label)),
  }));
  const overhang = lineHeight(textStyles.name) / 2;
  const tops = spread(blocks, { low: -overhang, high: plot.height + overhang });
  return {
    texts: labels.flatMap((label, i) => block(label.lines, styleOf(label), { x, y: plot.y + tops[i] })),
    leaders: labels.flatMap(({ named }, i) =>
      named
        ? [
            {
              key: named.key,
              end: { x: plot.x + named.end * plot.width, y: plot.y + blocks[i].middle },
              from: right + 2,
              to: { x: x - 3, y: plot.y + tops[i] + blocks[i].height / 2 },
            },
          ]
        : [],
    ),
  };
}

const hasPoint = ({ lines }: Panel, x: Scale, y: Scale): boolean =>
  lines.some(({ points, band = [] }) =>
    [...points, ...band].some(([a, b]) => !Number.isNaN(x.position(a) + y.position(b))),
  );

/** Lines over axes; `panels` are all of the figure, some of which share an axis with this one. */
export function lineView(panel: Panel, panels: readonly Panel[]): PanelView {
  const kin: Kin = kinOf(panel, panels);
  const [xScale, yScale] = [
    (width: number) => xScaleOf(panel, kin, width),
    (height: number) => yScaleOf(panel, kin, height),
  ];
  const ofUnit = { x: xScale(1), y: yScale(1) };
  const isNamed = (panelWidth: number) => hasNamesAtEnds(panel, ofUnit, panelWidth);
  const labels = (panelWidth: number, scales: { x: Scale; y: Scale }): Label[] => [
    ...(isNamed(panelWidth)
      ? lineEnds(panel, scales).map(({ line, x, y }) => ({
          lines: wrapName(line.name, panelWidth),
          position: y,
          named: { key: keyOf(line), end: x },
        }))
      : []),
    ...referencesOf(panel)
      .map(({ value, label }) => ({
        lines: wrapReference(label, panelWidth),
        position: scales.y.position(value),
      }))
      .filter(({ position }) => isInside(position)),
  ];
  return {
    title: panel.title,
    xLabel: panel.x.label,
    yLabel: (height) => `${panel.y.label}${startNote(panel, yScale(height))}`,
    lines: panel.lines,
    forLegend: (panelWidth) => (isNamed(panelWidth) ? [] : namedLines(panel)),
    isEmpty: !hasPoint(panel, ofUnit.x, ofUnit.y),
    xScale,
    yScale,
    leastHeight: (panelWidth) =>
      labels(panelWidth, ofUnit).reduce((sum, label) => sum + blockHeight(label.lines, styleOf(label)), 0),
    margin(panelWidth, height) {
      const all = labels(panelWidth, { x: ofUnit.x, y: yScale(height) });
      const words = Math.max(0, ...all.map((label) => widest(label.lines, styleOf(label))));
      return words > 0 ? gap + leadOf(all) + words : 0;
    },
    content(plot, panelWidth) {
      const scales = { x: xScale(plot.width), y: yScale(plot.height) };
      const references = referencesOf(panel)
        .map(({ value }) => scales.y.position(value))
        .filter(isInside);
      return {
        ...placed(labels(panelWidth, scales), plot),
        elements: [],
        series: (panelIndex, styles) => seriesOf({ panel, ...scales, references }, panelIndex, styles),
      };
    },
  };
}

/** An axis of shares that does not begin at nothing says so. */
function startNote({ y }: Panel, { ticks }: Scale): string {
  if (y.format !== 'percent' || y.scale === 'log' || ticks.length === 0) return '';
  return /^[1-9]|^0\.0*[1-9]/.test(ticks[0].label) ? ` (axis from ${ticks[0].label})` : '';
}
