import type { Axis, Panel } from './figure.js';
import { extent, type Scale, scaleOf } from './scale.js';
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

/** The values on the axes of a panel and of those that share them: an axis of the same label, kind and format, without a range. */
export interface Kin {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const nameOf = ({ label, scale = 'linear', format = 'number', range }: Axis) =>
  range ? undefined : JSON.stringify([label, scale, format]);

function sharing(panel: Panel, panels: readonly Panel[], axis: 'x' | 'y'): readonly Panel[] {
  const name = nameOf(panel[axis]);
  return name === undefined ? [panel] : panels.filter((other) => nameOf(other[axis]) === name);
}

/** Shares that come near to nothing have it on their axis: where the least is at most this part of the largest. */
const nearNothing = 0.25;

function withNothing(values: readonly number[], { format }: Axis): readonly number[] {
  if (format !== 'percent') return values;
  const [least, most] = extent(values.filter(Number.isFinite));
  return least > 0 && least <= nearNothing * most ? [...values, 0] : values;
}

/** What decides the axes of a panel, so that panels which share one have the same ticks. */
export const kinOf = (panel: Panel, panels: readonly Panel[]): Kin => ({
  x: sharing(panel, panels, 'x').flatMap((each) => pairsOf(each).map(([x]) => x)),
  y: withNothing(
    sharing(panel, panels, 'y').flatMap((each) => [
      ...pairsOf(each).map(([, y]) => y),
      ...referencesOf(each).map(({ value }) => value),
    ]),
    panel.y,
  ),
});

export const yScaleOf = ({ y }: Panel, kin: Kin, height: number): Scale =>
  scaleOf(y, kin.y, { count: verticalSteps(height), nice: true });

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

export const xScaleOf = ({ x }: Panel, kin: Kin, width: number): Scale => horizontalScale(x, kin.x, width);
