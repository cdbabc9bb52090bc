import { FeedalignError } from '@feedalign/core';
import { callsOf, historiesIn } from './calls.js';
import {
  isObject,
  type JsonObject,
  type LayerSpec,
  type ModelSpec,
  mapCall,
  type TensorRef,
  tensorsOf,
} from './model.js';
import { classOf, configOf, duplicateNames, isModel, operationOf, storeNames } from './names.js';
import { sequential } from './sequential.js';

/** A model as Keras 2 or 3 describes it (`config.json`, `model_config`), in the form that the rest of the package reads. */
export function parseModel(json: JsonObject, version: number): ModelSpec {
  const duplicates = duplicateNames(json);
  return model(json, { version, duplicates, path: [], store: '', prefix: '' });
}

interface Place {
  readonly version: number;
  readonly duplicates: ReadonlySet<string>;
  readonly path: readonly string[];
  readonly store: string;
  /** Goes before names that occur more than once. */
  readonly prefix: string;
}

function model(json: JsonObject, place: Place): ModelSpec {
  if (!isModel(json)) refuseSubclassed(json);
  const config = configOf(json);
  const described = config.layers as JsonObject[];
  const stores = storeNames(described);
  const rename = (name: string) =>
    place.prefix && place.duplicates.has(name) ? `${place.prefix}_${name}` : name;
  const layers = described.map((each, i) =>
    layer(each, rename, { ...place, store: `${place.store}layers/${stores[i]}` }),
  );
  const name = (config.name as string | undefined) ?? 'model';
  return config.input_layers === undefined
    ? sequential(name, layers, json)
    : functional(name, layers, config, rename, place);
}

function layer(json: JsonObject, rename: (name: string) => string, place: Place): LayerSpec {
  const config = (json.config ?? {}) as JsonObject;
  const kerasName = (json.name ?? config.name) as string;
  const path = [...place.path, kerasName];
  const name = rename(kerasName);
  const inner = { ...place, path, prefix: name };
  const wrapped = isObject(config.layer) && isModel(config.layer) ? config.layer : undefined;
  return {
    className: classOf(json),
    name,
    config,
    calls: callsOf(json.inbound_nodes),
    operation: operationOf(json),
    nested: isModel(json)
      ? model(json, { ...inner, store: `${place.store}/` })
      : wrapped && model(wrapped, { ...inner, store: `${place.store}/layer/` }),
    keras: { path, store: place.store },
  };
}

function functional(
  name: string,
  layers: readonly LayerSpec[],
  config: JsonObject,
  rename: (name: string) => string,
  { version }: Place,
): ModelSpec {
  const ends = [...historiesIn(config.input_layers), ...historiesIn(config.output_layers)];
  const every = [...ends, ...layers.flatMap(({ calls }) => calls.flatMap(tensorsOf))];
  const byName = new Map(layers.map((each) => [each.keras.path.at(-1) as string, each]));
  const resolve =
    (isEnd: boolean) =>
    ({ layer, call, output }: TensorRef): TensorRef => ({
      kind: 'tensor',
      layer: rename(layer),
      call: call - firstCallOf(byName.get(layer), every, version, isEnd),
      output,
    });
  return {
    kind: 'Functional',
    name,
    layers: layers.map((each) => ({
      ...each,
      calls: each.calls.map((call) => mapCall(call, resolve(false))),
    })),
    inputs: historiesIn(config.input_layers).map(resolve(true)),
    outputs: historiesIn(config.output_layers).map(resolve(true)),
  };
}

/**
 * What the first call of a nested model is counted as: Keras 2 counts the making of a model that begins with an input
 * as a call, Keras 3 does so where it lists the outputs.
 */
function firstCallOf(
  layer: LayerSpec | undefined,
  every: readonly TensorRef[],
  version: number,
  isEnd: boolean,
): number {
  if (!layer?.nested || layer.className === 'TimeDistributed') return 0;
  if (version >= 3) return isEnd && layer.nested.kind === 'Functional' ? 1 : 0;
  const used = every.filter((tensor) => tensor.layer === layer.keras.path.at(-1)).map(({ call }) => call);
  if (Math.max(...used) >= layer.calls.length) return 1;
  if (used.includes(0)) return 0;
  return layer.nested.layers[0].className === 'InputLayer' ? 1 : 0;
}

function refuseSubclassed({ class_name, registered_name }: JsonObject): never {
  throw new FeedalignError(
    'unsupported-model',
    `The model is a '${registered_name ?? class_name ?? 'nameless class'}': how its layers are connected is in Python code, not in the file.`,
    'Rebuild it in Keras as a functional or Sequential model, copy the weights (set_weights), and save that.',
  );
}
