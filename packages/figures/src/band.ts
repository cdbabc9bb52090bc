import type { CustomSeriesOption } from 'echarts/charts';
import { clipArea, type Place, runs } from './clip.js';
import type { Line } from './figure.js';
import type { Scale } from './scale.js';

const opacity = 0.18;

/** What is finite but below a log axis reaches down to it. */
const reaching = (value: number, scale: Scale) => {
  const position = scale.position(value);
  return Number.isNaN(position) && Number.isFinite(value) && value <= 0 ? 0 : position;
};

/** Each unbroken part of a band as the part within the plot of the area between its upper edge and its lower. */
function bandAreas(band: NonNullable<Line['band']>, { x, y }: { x: Scale; y: Scale }): Place[][] {
  const edges = band.map(([a, low, high]) => [x.position(a), reaching(low, y), y.position(high)] as const);
  return runs(edges)
    .map((run) =>
      clipArea([
        ...run.map(([a, , high]): Place => [a, high]),
        ...run.toReversed().map(([a, low]): Place => [a, low]),
      ]),
    )
    .filter((area) => area.length > 2)
    .map((area) => [...area]);
}

/** The areas of a band in the words of ECharts. */
export const bandSeries = (
  band: NonNullable<Line['band']>,
  { scales, panelIndex, color }: { scales: { x: Scale; y: Scale }; panelIndex: number; color: string },
): CustomSeriesOption[] =>
  bandAreas(band, scales).map((area) => ({
    type: 'custom' as const,
    xAxisIndex: panelIndex,
    yAxisIndex: panelIndex,
    z: 1,
    silent: true,
    animation: false,
    data: [[0, 0]],
    renderItem: (_, api) => ({
      type: 'polygon' as const,
      shape: { points: area.map((place) => api.coord([...place])) },
      style: { fill: color, opacity },
    }),
  }));
