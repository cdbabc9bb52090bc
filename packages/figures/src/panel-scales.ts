import type { Axis, Panel } from './figure.js';
import { type Scale, scaleOf } from './scale.js';
import { textWidth } from './text-layout.js';
import { textStyles } from './text-styles.js';

const pixelsPerStep = { x: 50, y: 46 };
const labelGap = 8;

const isFinitePair = ([x, y]: readonly [number, number]) => Number.isFinite(x) && Number.isFinite(y);

/** Every finite pair of x and y that a panel draws. */
const pairsOf = ({ lines }: Panel): (readonly [number, number])[] =>
  lines
    .flatMap(({ points, band = [] }) => [
      ...points,
      ...band.flatMap(([x, low, high]): [number, number][] => [
        [x, low],
        [x, high],
      ]),
    ])
    .filter(isFinitePair);

/** References, which an empty panel does not show. */
export const referencesOf = (panel: Panel): NonNullable<Panel['references']> =>
  pairsOf(panel).length > 0 ? (panel.references ?? []) : [];

export const yScaleOf = (panel: Panel, height: number): Scale =>
  scaleOf(panel.y, [...pairsOf(panel).map(([, y]) => y), ...referencesOf(panel).map(({ value }) => value)], {
    count: verticalSteps(height),
    nice: true,
  });

const fits = ({ ticks }: Scale, width: number): boolean =>
  ticks.slice(1).every((tick, i) => {
    const room = (tick.position - ticks[i].position) * width;
    const words = textWidth(`${tick.label}${ticks[i].label}`, textStyles.tick) / 2;
    return room >= words + labelGap;
  });

/** The scale of a horizontal axis, with as many ticks as find room side by side. */
export function horizontalScale(axis: Axis, values: readonly number[], width: number): Scale {
  const scale = (count: number) => scaleOf(axis, values, { count, nice: false });
  for (let count = Math.max(1, Math.floor(width / pixelsPerStep.x)); count > 1; count--) {
    const candidate = scale(count);
    if (fits(candidate, width)) return candidate;
  }
  const sparse = scale(1);
  return fits(sparse, width) ? sparse : { ...sparse, ticks: sparse.ticks.slice(0, 1) };
}

/** How many steps between ticks a vertical axis of this height has room for. */
export const verticalSteps = (height: number): number => Math.floor(height / pixelsPerStep.y);

export const xScaleOf = (panel: Panel, width: number): Scale =>
  horizontalScale(
    panel.x,
    pairsOf(panel).map(([x]) => x),
    width,
  );
