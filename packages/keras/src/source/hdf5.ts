import { FeedalignError } from '@feedalign/core';
import { tensor } from '@tensorflow/tfjs-core';
import type { Dataset, Group } from 'jsfive';
import type { WeightEntry } from '../weights/entry.js';
import { badFile } from './file.js';
import { requireReadable, unzlibOf, watched } from './hdf5-bounds.js';

/** Does a part of the reading, and makes whatever the library throws of it an error that names the file. */
export type Guard = <T>(read: () => T) => T;

/** Runs a reading of an HDF5 file; what is read later goes through the guard. */
export async function withHdf5<T>(
  name: string,
  bytes: Uint8Array,
  read: (file: Group, guard: Guard) => T,
): Promise<T> {
  const { File, Filters } = await import('jsfive');
  Filters.set(1, unzlibOf);
  const guard: Guard = (act) => {
    try {
      return act();
    } catch (cause) {
      if (cause instanceof FeedalignError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw badFile(
        `'${name}' cannot be read as HDF5 (${reason}).`,
        'Copy the file again; if that does not help, save the model again.',
        cause,
      );
    }
  };
  return guard(() => read(new File(watched(name, bytes), name), guard));
}

const isDataset = (object: Group | Dataset | null): object is Dataset => object !== null && 'shape' in object;

/** The layers of a model are never nested so deeply. */
const MOST_LEVELS = 64;
const MOST_DATASETS = 200_000;

/** Every dataset in a group, by its path from there. */
export function datasetsIn(group: Group): [string, Dataset][] {
  const found: [string, Dataset][] = [];
  const visit = (inner: Group, path: readonly string[]) => {
    if (path.length > MOST_LEVELS) throw new Error('its groups are in one another without end');
    for (const key of inner.keys) {
      const object = inner.get(key);
      if (isDataset(object)) found.push([[...path, key].join('/'), object]);
      else if (object !== null) visit(object, [...path, key]);
      if (found.length > MOST_DATASETS) throw new Error(`it has more than ${MOST_DATASETS} arrays`);
    }
  };
  visit(group, []);
  return found;
}

/** A group's member that has to be a group, or an array. */
export function memberOf(group: Group, name: string, kind: 'group'): Group;
export function memberOf(group: Group, name: string, kind: 'dataset'): Dataset;
export function memberOf(group: Group, name: string, kind: 'group' | 'dataset'): Group | Dataset {
  const found = group.get(name);
  if (found !== null && isDataset(found) === (kind === 'dataset')) return found;
  throw new Error(`'${name}' is no ${kind}`);
}

export const entryOf = (guard: Guard, name: string, dataset: Dataset, layer?: string): WeightEntry => {
  const { shape } = dataset;
  const read = () =>
    guard(() => {
      requireReadable(name, dataset);
      return tensor(float32(dataset.value), shape, 'float32');
    });
  return { name, layer, shape, read };
};

const float32 = (values: (number | bigint)[]): Float32Array =>
  typeof values[0] === 'bigint' ? Float32Array.from(values, Number) : new Float32Array(values as number[]);

/** A list of strings in an attribute; Keras divides a long one among `name0`, `name1` … */
export function strings(group: Group, name: string): string[] {
  const whole = group.attrs[name];
  if (whole !== undefined) return (Array.isArray(whole) ? whole : []).map(String);
  const parts = Object.keys(group.attrs)
    .filter((key) => key.startsWith(name) && /^\d+$/.test(key.slice(name.length)))
    .sort((a, b) => Number(a.slice(name.length)) - Number(b.slice(name.length)));
  return parts.flatMap((key) => [group.attrs[key]].flat().map(String));
}
