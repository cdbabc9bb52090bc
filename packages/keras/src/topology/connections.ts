import { FeedalignError } from '@feedalign/core';
import { isObject, type Json, type JsonObject } from './model.js';

interface Waiting {
  readonly name: string;
  readonly className: string;
  readonly calls: readonly (readonly Json[])[];
}

/**
 * Refuses a model, or one nested in it, whose layers cannot be called one after the other: a layer without calls, a call of
 * a layer that is not there, calls that wait for one another. TensorFlow.js would go through them without end.
 *
 * @param topology in the form of TensorFlow.js
 * @throws FeedalignError `bad-data-file`
 */
export function refuseUnconnected({ class_name, config }: JsonObject): void {
  const { layers } = (isObject(config) ? config : {}) as JsonObject;
  const described = (Array.isArray(layers) ? layers : Array.isArray(config) ? config : []) as JsonObject[];
  for (const layer of described) refuseUnconnected(layer);
  const wrapped = isObject(config) ? config.layer : undefined;
  if (isObject(wrapped)) refuseUnconnected(wrapped);
  if (class_name === 'Sequential' || described.length === 0) return;

  const made = new Map(described.map((layer) => [nameOf(layer), beginsWith(layer)]));
  let waiting = described.map(
    (layer): Waiting => ({ name: nameOf(layer), className: String(layer.class_name), calls: callsOf(layer) }),
  );
  for (let progress = true; progress; ) {
    progress = false;
    waiting = waiting.map((layer) => {
      const calls = layer.calls.filter((call) => {
        if (!call.every((input) => isMade(input, made))) return true;
        made.set(layer.name, (made.get(layer.name) ?? 0) + 1);
        progress = true;
        return false;
      });
      return { ...layer, calls };
    });
  }
  const stuck = waiting.find(({ calls }) => calls.length > 0);
  if (!stuck) return;
  const missing = stuck.calls.flat().find((input) => !isMade(input, made));
  const maker = described.find((layer) => Array.isArray(missing) && nameOf(layer) === missing[0]);
  if (maker && callsOf(maker).length === 0) refuseAlone(maker);
  throw new FeedalignError(
    'bad-data-file',
    `The layer '${stuck.name}' (${stuck.className}) takes ${told(missing)}.`,
    'The inbound_nodes in the file are broken: save the model again.',
  );
}

function refuseAlone(layer: JsonObject): never {
  throw new FeedalignError(
    'bad-data-file',
    `The layer '${nameOf(layer)}' (${layer.class_name}) is connected to nothing: it has no inbound_nodes.`,
    'The file is broken, or was written by hand: save the model again.',
  );
}

const nameOf = ({ name, config }: JsonObject) => String(name ?? (isObject(config) ? config.name : undefined));

/** A call of its own: of an input, and of the making of a nested model. */
const beginsWith = ({ class_name, config }: JsonObject) =>
  class_name === 'InputLayer' || (isObject(config) && Array.isArray(config.layers)) ? 1 : 0;

function callsOf(layer: JsonObject): readonly (readonly Json[])[] {
  const { inbound_nodes: nodes } = layer;
  if (!Array.isArray(nodes) || !nodes.every((node) => Array.isArray(node))) refuseAlone(layer);
  return nodes as (readonly Json[])[];
}

const isMade = (input: Json, made: ReadonlyMap<string, number>) =>
  Array.isArray(input) && Number(input[1]) >= 0 && Number(input[1]) < (made.get(String(input[0])) ?? 0);

const told = (input: Json | undefined) =>
  Array.isArray(input)
    ? `a call of '${input[0]}' that does not come before it`
    : `${JSON.stringify(input)}, which is no call of a layer`;
