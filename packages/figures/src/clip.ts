/** A place in a plot: (0, 0) is its lower left corner, (1, 1) its upper right. NaN is nowhere. */
export type Place = readonly [x: number, y: number];

interface Side {
  isInside(place: Place): boolean;
  /** Where the straight line between two places crosses the side. */
  crossing(a: Place, b: Place): Place;
}

const between = (a: number, b: number, share: number) => a + (b - a) * share;

const vertical = (x: number, isInside: Side['isInside']): Side => ({
  isInside,
  crossing: (a, b) => [x, between(a[1], b[1], (x - a[0]) / (b[0] - a[0]))],
});

const horizontal = (y: number, isInside: Side['isInside']): Side => ({
  isInside,
  crossing: (a, b) => [between(a[0], b[0], (y - a[1]) / (b[1] - a[1])), y],
});

const sides: readonly Side[] = [
  vertical(0, ([x]) => x >= 0),
  vertical(1, ([x]) => x <= 1),
  horizontal(0, ([, y]) => y >= 0),
  horizontal(1, ([, y]) => y <= 1),
];

function clipSegment(from: Place, to: Place): [Place, Place] | undefined {
  let [a, b] = [from, to];
  for (const { isInside, crossing } of sides) {
    if (isInside(a) && isInside(b)) continue;
    if (!isInside(a) && !isInside(b)) return undefined;
    [a, b] = isInside(a) ? [a, crossing(a, b)] : [crossing(a, b), b];
  }
  return [a, b];
}

/** The places in runs without a gap. */
export function runs<T extends readonly number[]>(places: readonly T[]): T[][] {
  const all: T[][] = [[]];
  for (const place of places) {
    if (place.some(Number.isNaN)) all.push([]);
    else all[all.length - 1].push(place);
  }
  return all.filter((run) => run.length > 0);
}

function clipRun(run: readonly Place[]): Place[][] {
  if (run.length === 1) return sides.every(({ isInside }) => isInside(run[0])) ? [[run[0]]] : [];
  const parts: Place[][] = [];
  for (let i = 1; i < run.length; i++) {
    const segment = clipSegment(run[i - 1], run[i]);
    if (!segment) continue;
    const part = parts.at(-1);
    if (part?.at(-1) === segment[0]) part?.push(segment[1]);
    else parts.push(segment);
  }
  return parts;
}

/** The parts of a line within the plot. Places within it are kept as the objects they are. */
export const clipLine = (places: readonly Place[]): Place[][] => runs(places).flatMap(clipRun);

/** The part of an area within the plot. Source: Sutherland and Hodgman 1974. */
export const clipArea = (corners: readonly Place[]): readonly Place[] =>
  sides.reduce(
    (kept, { isInside, crossing }) =>
      kept.flatMap((place, i) => {
        const before = kept[(i + kept.length - 1) % kept.length];
        const entry = isInside(place) === isInside(before) ? [] : [crossing(before, place)];
        return isInside(place) ? [...entry, place] : entry;
      }),
    corners,
  );
