import { FeedalignError } from '../errors.js';

/** What `JSON.parse` gives. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** No model is anywhere near these: the largest of keras.applications has 1,041 layers, and 40,000 lists and objects. */
const most = { levels: 128, values: 2_000_000, layers: 10_000, inputs: 100_000 } as const;

/** Lists whose entries are layers, or calls of them. */
const layerLists = new Set(['layers', 'cells']);

/**
 * Refuses a description of a model that would keep whoever goes through it, and TensorFlow.js, without end.
 *
 * @param name the file, for errors
 * @throws FeedalignError `bad-data-file` when it is nested deeper than 128 levels, or has more than 10,000 layers
 */
export function requireBounded(name: string, json: Json): void {
  const counts = { values: 0, layers: 0, inputs: 0 };
  let level: Json[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most.levels) refuse(name, `is nested deeper than ${most.levels} levels`);
    const next: Json[] = [];
    for (const value of level) {
      for (const [key, each] of entriesOf(value)) {
        if (typeof each !== 'object' || each === null) continue;
        next.push(each);
        if (!Array.isArray(each)) continue;
        if (layerLists.has(key)) counts.layers += each.length;
        if (key === 'inbound_nodes') counts.inputs += inputsIn(each);
      }
    }
    counts.values += next.length;
    for (const [what, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
      if (count > most[what]) refuse(name, `has more than ${most[what]} ${what}`);
    }
    level = next;
  }
}

const entriesOf = (value: Json): [string, Json][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

const inputsIn = (nodes: readonly Json[]): number =>
  nodes.reduce((sum: number, node) => sum + (Array.isArray(node) ? node.length : 1), 0);

function refuse(name: string, problem: string): never {
  throw new FeedalignError(
    'bad-data-file',
    `'${name}' ${problem}, which no model does.`,
    'The file is broken, or made to do harm: get it again from where it comes from.',
  );
}
