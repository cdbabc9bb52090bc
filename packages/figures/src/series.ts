import type { LineSeriesOption } from 'echarts/charts';
import { bandSeries } from './band.js';
import { clipLine, type Place } from './clip.js';
import { axisColor, mutedColor } from './colors.js';
import type { Line, Panel } from './figure.js';
import { keyOf, type LineStyle } from './line-styles.js';
import type { Scale } from './scale.js';

const lookOf = ({ muted = false }: Line, style: LineStyle) =>
  muted
    ? { color: axisColor, dash: [], marker: 'none' as const, width: mutedWidth, z: 2 }
    : { ...style, width: lineWidth, z: 3 };

/** A panel of lines with its scales. */
interface Scaled {
  readonly panel: Panel;
  readonly x: Scale;
  readonly y: Scale;
  /** Where the reference lines are, from 0 at the bottom to 1 at the top. */
  readonly references: readonly number[];
}

const lineWidth = 2;
const mutedWidth = 1;
const dotSize = 6;
const markerSize = 8;

/** A line carries about so many markers, however many points it has. */
const markersPerLine = 8;

const gap = { value: [Number.NaN, Number.NaN], symbol: 'none' };

/** The parts of a line as data of ECharts: markers now and then, a dot where a point has no neighbour to be joined to. */
function dataOf(places: readonly Place[], marker: LineStyle['marker']) {
  const every = Math.max(1, Math.round(places.length / markersPerLine));
  const markedPlaces = new Set(marker === 'none' ? [] : places.filter((_, i) => i % every === 0));
  return clipLine(places).flatMap((part) => {
    const isDot = part.every(([x, y]) => x === part[0][0] && y === part[0][1]);
    const plain = isDot ? { symbol: 'circle', symbolSize: dotSize } : { symbol: 'none', symbolSize: 0 };
    const marked = { symbol: marker, symbolSize: markerSize };
    const points = part.map((place) => ({
      value: [...place],
      ...(markedPlaces.has(place) ? marked : plain),
    }));
    return [...points, gap];
  });
}

const common = (panelIndex: number) => ({
  type: 'line' as const,
  xAxisIndex: panelIndex,
  yAxisIndex: panelIndex,
  clip: false,
  silent: true,
  animation: false,
  emphasis: { disabled: true },
});

const referenceSeries = (position: number, panelIndex: number): LineSeriesOption => ({
  ...common(panelIndex),
  z: 2,
  symbol: 'none',
  lineStyle: { color: mutedColor, width: 1, type: [4, 3] },
  data: [
    [0, position],
    [1, position],
  ],
});

/**
 * Bands, references and lines of a panel as series of ECharts. They are clipped before: resvg ends the process where a
 * clip path leaves nothing to see.
 */
export function seriesOf(
  { panel, x, y, references }: Scaled,
  panelIndex: number,
  styles: ReadonlyMap<string, LineStyle>,
) {
  const looks = panel.lines.map((line) => styles.get(keyOf(line)) as LineStyle);
  const lines = panel.lines.map(({ points }, i): LineSeriesOption => {
    const { color, dash, marker, width, z } = lookOf(panel.lines[i], looks[i]);
    return {
      ...common(panelIndex),
      z,
      showSymbol: true,
      lineStyle: { color, width, type: dash.length > 0 ? [...dash] : 'solid', join: 'round' },
      itemStyle: { color },
      data: dataOf(
        points.map(([a, b]): Place => [x.position(a), y.position(b)]),
        marker,
      ),
    };
  });
  return [
    ...panel.lines.flatMap(({ band = [] }, i) =>
      bandSeries(panel.lines[i].muted ? [] : band, {
        scales: { x, y },
        panelIndex,
        color: looks[i].color,
      }),
    ),
    ...references.map((position) => referenceSeries(position, panelIndex)),
    ...lines,
  ];
}
