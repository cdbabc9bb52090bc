import { FeedalignError } from '@feedalign/core';
import { isObject, type Json } from '../topology/model.js';
import type { Unit } from './assign.js';
import type { WeightEntry } from './entry.js';
import type { Slot } from './slots.js';

/**
 * By the names of the weights, `inner/dense_1/kernel`, which have the layer's own name in them, and in Keras 3 those of
 * the models around it. An `.h5` file also says to which layer of the outermost model a weight belongs. Where in the
 * layer a weight belongs its name says too: Keras lists those that learn first, whatever part of the layer has them.
 */
export function byName(units: readonly Unit[], entries: readonly WeightEntry[]): Map<Unit, Found> {
  const names = units.map(namesOf);
  const bySegment = grouped(names.flatMap((each) => keysOf(each).map((key) => [key, each] as const)));
  const byLayer = grouped(names.map((each) => [each.unit.spec.keras.path[0], each] as const));
  const found = new Map(units.map((unit): [Unit, Named[]] => [unit, []]));
  for (const entry of entries) {
    const path = entry.name.split('/').slice(0, -1);
    const layer = entry.layer === undefined ? names : (byLayer.get(entry.layer) ?? []);
    const named = new Set(path.flatMap((segment) => bySegment.get(segment) ?? []));
    const owner = ownerOf(entry, path, layer, entry.layer === undefined ? [...named] : layer);
    if (owner) found.get(owner.unit)?.push({ entry, path: behind(owner.own, path) });
  }
  return new Map([...found].map(([unit, named]) => [unit, inSlots(unit, named)]));
}

/** A weight for each place of a layer, none where the file has none, and what is left over. */
export type Found = readonly (WeightEntry | undefined)[];

const grouped = <T>(pairs: readonly (readonly [string, T])[]): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const [key, value] of pairs) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
};

interface Named {
  readonly entry: WeightEntry;
  /** The names between that of the layer and that of the weight. */
  readonly path: readonly string[];
}

interface Names {
  readonly unit: Unit;
  /** A name with a slash in it is several. */
  readonly own: readonly string[];
  readonly around: readonly string[];
  readonly within: readonly string[];
}

const namesOf = (unit: Unit): Names => {
  const { keras, config } = unit.spec;
  return {
    unit,
    own: (keras.path.at(-1) as string).split('/'),
    around: keras.path.slice(0, -1),
    within: namesIn(config.layer ?? config.cell ?? null),
  };
};

const namesIn = (value: Json): string[] =>
  Array.isArray(value)
    ? value.flatMap(namesIn)
    : isObject(value)
      ? Object.entries(value).flatMap(([key, each]) => (key === 'name' ? [String(each)] : namesIn(each)))
      : [];

/** Where a name begins in a path, from the end, or −1. */
const placeOf = (own: readonly string[], path: readonly string[]): number => {
  for (let at = path.length - own.length; at >= 0; at--) {
    if (own.every((segment, i) => path[at + i] === segment)) return at;
  }
  return -1;
};

const behind = (own: readonly string[], path: readonly string[]): readonly string[] => {
  const at = placeOf(own, path);
  return at < 0 ? path : path.slice(at + own.length);
};

/** One of these is in the path of each weight of the layer that has a path. */
const keysOf = ({ own, within }: Names): string[] => [...new Set([own.at(-1) as string, ...within])];

/** The layer whose name fits best; what has no layer's name at all, as in an adapted Normalization, fits by kind and shape. */
function ownerOf(
  entry: WeightEntry,
  path: readonly string[],
  layer: readonly Names[],
  named: readonly Names[],
): Names | undefined {
  if (entry.layer !== undefined && layer.length === 1) return layer[0];
  if (path.length === 0)
    return onlyOf(
      entry,
      layer.filter(({ unit }) => takes(unit, entry)),
    );
  const scores = named.map((each) => scoreOf(each, path));
  const best = scores.reduce((a, b) => Math.max(a, b), 0);
  if (best === 0) return undefined;
  return onlyOf(
    entry,
    named.filter((_, i) => scores[i] === best),
  );
}

/** The layer's own name says most, the whole of it first and then the longest; the name of what it wraps is better than nothing. */
function scoreOf({ own, around, within }: Names, path: readonly string[]): number {
  const models = around.filter((name) => path.includes(name)).length;
  if (placeOf(own, path) < 0) return within.some((name) => path.includes(name)) ? 1 + models : 0;
  const isWhole = [...around, ...own].join('/') === path.join('/') || own.join('/') === path.join('/');
  return (isWhole ? 1e6 : 0) + 1e3 * own.length + models;
}

const takes = ({ slots }: Unit, { name, shape }: WeightEntry): boolean =>
  slots.some(({ kind, variable }) => kind === name && String(variable.shape) === String(shape));

function onlyOf(entry: WeightEntry, fitting: readonly Names[]): Names | undefined {
  if (fitting.length < 2) return fitting[0];
  const [a, b] = fitting.map(({ unit }) => unit.spec.keras.path.join('/'));
  throw new FeedalignError(
    'unsupported-model',
    `The weight '${entry.name}' could belong to '${a}' or to '${b}'.`,
    'Give the .keras or .h5 file itself, or save the model with a name of its own for each layer.',
  );
}

function inSlots({ slots }: Unit, named: readonly Named[]): Found {
  const rest = new Set(named);
  const placed = slots.map((slot) => {
    const fitting = [...rest].filter((each) => isOfKind(slot, each));
    const own = fitting.filter(({ path }) => slot.parts.every((part) => path.some(part)));
    // Where the name does not tell the parts apart there is but one.
    const found = own[0] ?? (fitting.length === 1 ? fitting[0] : undefined);
    if (found) rest.delete(found);
    return found?.entry;
  });
  return [...placed, ...[...rest].map(({ entry }) => entry)];
}

/** Kinds that Keras 3 calls otherwise. */
const alsoCalled: Readonly<Record<string, string>> = { depthwise_kernel: 'kernel' };

/** `kernel`, and `query/kernel` for `query_kernel`. */
const isOfKind = ({ kind }: Slot, { entry, path }: Named): boolean => {
  const last = entry.name.split('/').at(-1) as string;
  return last === kind || `${path.at(-1)}_${last}` === kind || alsoCalled[kind] === last;
};
