import { FeedalignError } from '@feedalign/core';
import { inCamelCase, refuseUnconnected, requireBounded, withinBudget } from '@feedalign/core/files';
import { type DataType, engine, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { classes } from './layers/parts.js';
import { isObject, type JsonObject } from './topology/model.js';

/**
 * Makes the model that a topology of tfjs describes, with zeros for weights: they are loaded next.
 *
 * @param numbers how many the file has: a model that is to have more is not made
 * @param file for errors
 */
export function makeModel(
  topology: JsonObject,
  numbers = Number.POSITIVE_INFINITY,
  file = 'the model',
): LayersModel {
  requireBounded(file, topology);
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
      model = withinBudget(file, numbers, () => make(cls, inCamelCase(topology.config), {}, true));
    });
    return model as unknown as LayersModel;
  } catch (cause) {
    for (const [name, variable] of variables()) if (!before.has(name)) variable.dispose();
    if (cause instanceof FeedalignError) throw cause;
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
