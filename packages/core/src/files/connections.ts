import { FeedalignError } from '../errors.js';
import { isObject, type Json, type JsonObject } from './json.js';

interface Call {
  readonly layer: Layer;
  readonly inputs: readonly Json[];
  /** How many of the inputs are still to be made. */
  missing: number;
}

interface Layer {
  readonly name: string;
  readonly className: string;
  readonly calls: readonly (readonly Json[])[];
  /** Its place in the list. */
  readonly place: number;
  /** How many of its calls are there. */
  made: number;
  /** For each of them, how often TensorFlow.js has gone through the list by then. */
  readonly rounds: number[];
}

/** TensorFlow.js goes through the list of layers until nothing is left: once or twice, if they are not in the wrong order. */
const MOST_STEPS = 4_000_000;

/**
 * Refuses a model, or one nested in it, whose layers cannot be called one after the other: a layer without calls, a call of
 * a layer that is not there, calls that wait for one another. TensorFlow.js would go through them without end.
 *
 * @param topology in the form of TensorFlow.js
 * @throws FeedalignError `bad-data-file`
 */
export function refuseUnconnected({ class_name, config }: JsonObject): void {
  const { layers: listed } = (isObject(config) ? config : {}) as JsonObject;
  const described = (Array.isArray(listed) ? listed : Array.isArray(config) ? config : []) as Json[];
  for (const layer of described) refuseUnconnected(layerIn(layer));
  const wrapped = isObject(config) ? config.layer : undefined;
  if (isObject(wrapped)) refuseUnconnected(wrapped);
  if (class_name === 'Sequential' || described.length === 0) return;

  const layers = described.map((each, place) => layerOf(each as JsonObject, place));
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const stuck = firstStuck(layers, byName);
  if (stuck) refuseStuck(stuck, byName);
  refuseOrder(layers);
  if (isObject(config)) refuseEnds(config, byName);
}

const layerIn = (value: Json): JsonObject => {
  if (isObject(value)) return value;
  throw broken(`There is ${told(value)} among the layers of the model, which is no layer.`);
};

function layerOf(layer: JsonObject, place: number): Layer {
  const { class_name, config, inbound_nodes: nodes } = layer;
  // TensorFlow.js looks for it here, and not in the configuration.
  const { name } = layer;
  if (typeof name !== 'string')
    throw broken(`A layer of the model (${class_name}) has no name beside its configuration.`);
  const isCalled = Array.isArray(nodes) && nodes.every((node) => Array.isArray(node) && node.length > 0);
  const calls = isCalled ? (nodes as (readonly Json[])[]) : [];
  // An input is a call of its own, and so is the making of a nested model.
  const begins = class_name === 'InputLayer' || (isObject(config) && Array.isArray(config.layers));
  const own = { name, className: String(class_name), calls, place };
  const made = { ...own, made: begins ? 1 : 0, rounds: begins ? [0] : [] };
  if (!isCalled) refuseAlone(made);
  return made;
}

const isMade = (input: Json, byName: ReadonlyMap<string, Layer>): boolean =>
  Array.isArray(input) &&
  Number(input[1]) >= 0 &&
  Number(input[1]) < (byName.get(String(input[0]))?.made ?? 0);

const keyOf = (layer: string, call: number) => `${layer}\n${call}`;

/** Makes the calls one after the other; gives one that cannot be made. */
function firstStuck(layers: readonly Layer[], byName: ReadonlyMap<string, Layer>): Call | undefined {
  const waiting = new Map<string, Call[]>();
  const ready: Call[] = [];
  const calls = layers.flatMap((layer) => layer.calls.map((inputs): Call => ({ layer, inputs, missing: 0 })));
  for (const call of calls) {
    for (const input of call.inputs) {
      if (isMade(input, byName)) continue;
      call.missing++;
      if (!Array.isArray(input)) continue;
      const key = keyOf(String(input[0]), Number(input[1]));
      const others = waiting.get(key);
      if (others) others.push(call);
      else waiting.set(key, [call]);
    }
    if (call.missing === 0) ready.push(call);
  }
  for (let call = ready.pop(); call; call = ready.pop()) {
    for (const other of waiting.get(keyOf(call.layer.name, call.layer.made)) ?? []) {
      if (--other.missing === 0) ready.push(other);
    }
    call.layer.made++;
    call.layer.rounds.push(roundOf(call, byName));
  }
  return calls.find(({ missing }) => missing > 0);
}

function roundOf({ layer, inputs }: Call, byName: ReadonlyMap<string, Layer>): number {
  const rounds = (inputs as readonly [string, number][]).map(([name, call]) => {
    const from = byName.get(name) as Layer;
    return from.rounds[call] + (from.place > layer.place ? 1 : 0);
  });
  return rounds.reduce((a, b) => Math.max(a, b), 0);
}

function refuseOrder(layers: readonly Layer[]): void {
  const rounds = layers.reduce((most, each) => each.rounds.reduce((a, b) => Math.max(a, b), most), 0);
  if (rounds * layers.length <= MOST_STEPS) return;
  throw broken(
    `The ${layers.length} layers of the model are listed in the wrong order, from the last to the first.`,
  );
}

function refuseStuck({ layer, inputs }: Call, byName: ReadonlyMap<string, Layer>): never {
  const missing = inputs.find((input) => !isMade(input, byName)) ?? inputs[0];
  const maker = Array.isArray(missing) ? byName.get(String(missing[0])) : undefined;
  if (maker && maker.calls.length === 0) refuseAlone(maker);
  throw broken(`The layer '${layer.name}' (${layer.className}) takes ${told(missing)}.`);
}

/** TensorFlow.js looks for the layers at both ends by name, and for their calls. */
function refuseEnds(config: JsonObject, byName: ReadonlyMap<string, Layer>): void {
  for (const end of ['input_layers', 'output_layers']) {
    const given = config[end];
    if (!Array.isArray(given)) continue;
    const ends = typeof given[0] === 'string' ? [given] : given;
    const missing = ends.find((each) => !isMade(each, byName));
    const maker = Array.isArray(missing) ? byName.get(String(missing[0])) : undefined;
    if (maker && maker.calls.length === 0) refuseAlone(maker);
    if (missing !== undefined) throw broken(`The ${end} of the model name ${told(missing)}.`);
  }
}

function refuseAlone({ name, className }: Layer): never {
  throw new FeedalignError(
    'bad-data-file',
    `The layer '${name}' (${className}) is connected to nothing: it has no inbound_nodes.`,
    'The file is broken, or was written by hand: save the model again.',
  );
}

const broken = (problem: string) =>
  new FeedalignError(
    'bad-data-file',
    problem,
    'The inbound_nodes in the file are broken: save the model again.',
  );

const told = (input: Json | undefined) =>
  Array.isArray(input)
    ? `a call of '${input[0]}' that does not come before it`
    : `${JSON.stringify(input) ?? 'nothing'}, which is no call of a layer`;
