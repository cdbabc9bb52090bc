import { storePath } from '../source/archive.js';
import { isObject, type JsonObject } from '../topology/model.js';
import { storeNames } from '../topology/names.js';
import type { Unit } from './assign.js';
import type { WeightEntry } from './entry.js';

/** Parts of a layer in the order in which tfjs has their weights. */
const parts = [
  'vars',
  'cell',
  'cells',
  'layer',
  'forward_layer',
  'backward_layer',
  'query_dense',
  'key_dense',
  'value_dense',
  'output_dense',
];

/** Numbers that order the paths of a layer's weights as the layer has them. */
const rank = (path: string, cells: readonly string[]): number[] =>
  path.split('/').map((part) => {
    const place = parts.indexOf(part);
    if (place >= 0) return place;
    const cell = cells.indexOf(part);
    return cell >= 0 ? cell : Number(part);
  });

/** The names of stacked cells, which are counted by class like layers. */
function cellsOf({ spec: { config } }: Unit): string[] {
  const cell = isObject(config.cell) && isObject(config.cell.config) ? config.cell.config : {};
  return Array.isArray(cell.cells) ? storeNames(cell.cells as JsonObject[]) : [];
}

const inOrder = (a: readonly number[], b: readonly number[]): number =>
  a.map((value, i) => value - (b[i] ?? -1)).find((difference) => difference !== 0) ?? a.length - b.length;

/** By the paths of a `.keras` file: classes counted, and the weights of each layer by number. */
export function byStore(units: readonly Unit[], entries: readonly WeightEntry[]): Map<Unit, WeightEntry[]> {
  const own = new Map(units.map(({ spec }): [string, [string, WeightEntry][]] => [spec.keras.store, []]));
  for (const entry of entries) {
    const path = storePath(entry.name);
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      own.get(path.slice(0, end))?.push([path.slice(end + 1), entry]);
    }
  }
  return new Map(
    units.map((unit) => {
      const cells = cellsOf(unit);
      const ranked = (own.get(unit.spec.keras.store) ?? []).map(([path, entry]) => ({
        entry,
        rank: rank(path, cells),
      }));
      return [unit, ranked.sort((a, b) => inOrder(a.rank, b.rank)).map(({ entry }) => entry)];
    }),
  );
}
