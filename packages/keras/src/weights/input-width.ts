import { isObject, type Json, type JsonObject } from '../topology/model.js';
import { configOf, isModel } from '../topology/names.js';
import type { WeightEntry } from './entry.js';

/**
 * A Sequential model that begins with an adapted Normalization and was never called with a shape: Keras 2 does not write
 * down how wide its input is, but its mean has the width.
 */
export function withInputWidth(topology: JsonObject, entries: readonly WeightEntry[]): JsonObject {
  const { model_config } = topology;
  if (isObject(model_config)) return { ...topology, model_config: withInputWidth(model_config, entries) };
  if (topology.class_name !== 'Sequential' || !isModel(topology)) return topology;
  const config = configOf(topology);
  const layers = config.layers as readonly Json[];
  const first = layers.find((layer) => isObject(layer) && layer.class_name !== 'InputLayer');
  const width = isObject(first) && first.class_name === 'Normalization' ? widthOf(first, entries) : undefined;
  if (width === undefined) return topology;
  return { ...topology, config: { ...config, layers: layers.map((layer) => widened(layer, width)) } };
}

function widthOf({ config }: JsonObject, entries: readonly WeightEntry[]): number | undefined {
  const { name, axis = -1 } = isObject(config) ? config : {};
  const [only, ...others] = [axis].flat();
  if (only !== -1 || others.length > 0) return undefined;
  const names = ['mean', `${name}/mean`, 'layers/normalization/vars/0'];
  const mean = entries.find((entry) =>
    names.some((each) => entry.name === each || entry.name.endsWith(`/${each}`)),
  );
  return mean?.shape.at(-1);
}

/** The layer with the width at the end of its shape, where that is open. */
function widened(layer: Json, width: number): Json {
  if (!isObject(layer) || !isObject(layer.config)) return layer;
  const { batch_input_shape: shape } = layer.config;
  if (!Array.isArray(shape) || shape.length < 2 || shape.at(-1) !== null) return layer;
  return { ...layer, config: { ...layer.config, batch_input_shape: [...shape.slice(0, -1), width] } };
}
