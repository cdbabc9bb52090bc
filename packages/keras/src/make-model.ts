import { FeedalignError } from '@feedalign/core';
import { refuseUnconnected } from '@feedalign/core/files';
import { type DataType, engine, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { classes } from './layers/parts.js';
import { isObject, type Json, type JsonObject } from './topology/model.js';

/** Makes the model that a topology of tfjs describes, with zeros for weights: they are loaded next. */
export function makeModel(topology: JsonObject): LayersModel {
  refuseUnknown(topology);
  refuseUnconnected(topology);
  const map = classes();
  const { Orthogonal } = map;
  const [cls, fromConfig] = map[topology.class_name as string];
  const make = fromConfig as unknown as FromConfig;
  const before = new Set(variables().map(([name]) => name));
  // Large orthogonal matrices take minutes, and nested models draw theirs in spite of the `true` below.
  map.Orthogonal = [undrawn(Orthogonal[0]), Orthogonal[1]] as unknown as typeof Orthogonal;
  try {
    let model: LayersModel | undefined;
    // Some initializers of tfjs leave tensors behind.
    tidy(() => {
      model = make(cls, inCamelCase(topology.config), {}, true);
    });
    return model as unknown as LayersModel;
  } catch (cause) {
    for (const [name, variable] of variables()) if (!before.has(name)) variable.dispose();
    throw new FeedalignError(
      'unsupported-model',
      `TensorFlow.js cannot make the model: ${(cause as Error).message.split('\n')[0]}`,
      'Save the model without the layer that is meant, or rebuild it with others.',
      { cause },
    );
  } finally {
    map.Orthogonal = Orthogonal;
  }
}

/** All that there are: a model that fails halfway leaves its own behind. */
const variables = () => Object.entries(engine().registeredVariables);

/** What tfjs' type leaves out: own classes, and that the weights will be loaded and need not be drawn. */
type FromConfig = (
  cls: unknown,
  config: unknown,
  customObjects: object,
  fastWeightInit: boolean,
) => LayersModel;

/** The same initializer, but that it gives zeros. */
const undrawn = (cls: unknown) =>
  class extends (cls as new (settings: object) => object) {
    apply(shape: number[], dtype?: DataType): Tensor {
      return zeros(shape, dtype);
    }
  };

function refuseUnknown(layer: JsonObject): void {
  const { class_name, config } = layer;
  const { layers, layer: wrapped } = (isObject(config) ? config : {}) as JsonObject;
  if (!Object.hasOwn(classes(), class_name as string)) {
    const name = isObject(config) ? config.name : undefined;
    throw new FeedalignError(
      'unsupported-layer',
      `The layer '${name}' (${class_name}) is not among those that can be read.`,
      `If it is your own, write it in JavaScript as a layer of tfjs and register that (tf.serialization.registerClass) before loading; else replace it in Keras.`,
    );
  }
  if (Array.isArray(layers)) for (const each of layers) refuseUnknown(each as JsonObject);
  if (isObject(wrapped)) refuseUnknown(wrapped);
}

/** Lists in which the first entry is the name of a layer. */
const histories = new Set(['inboundNodes', 'inputLayers', 'outputLayers']);

const camelCase = (text: string): string =>
  text.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase());

/** A description in the names that tfjs-layers has inside: it does the same before it makes a model. */
function inCamelCase(value: Json, key = ''): unknown {
  if (typeof value === 'string') return camelCase(value);
  if (Array.isArray(value)) {
    const isName = (each: Json, i: number) => i === 0 && typeof each === 'string' && histories.has(key);
    return value.map((each, i) => (isName(each, i) ? each : inCamelCase(each, key)));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const renamed = camelCase(name);
      return [renamed, name === 'name' ? each : inCamelCase(each, renamed)];
    }),
  );
}
