import { isObject, type Json, type JsonObject } from './json.js';

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The description of a model with what tfjs leaves out of it: a SeparableConv2D's channels for each channel of its input.
 * Its depthwise kernel, [height, width, channels, multiplier], has the number.
 */
export function withDepthMultipliers(topology: object, specs: readonly Spec[]): object {
  const multipliers = multipliersIn(specs);
  const completed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(completed);
    if (!isObject(value)) return value;
    const copy: JsonObject = Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, completed(each)]),
    );
    const { class_name, config } = copy;
    if (class_name !== 'SeparableConv2D' || !isObject(config) || 'depth_multiplier' in config) return copy;
    const multiplier = multipliers.get(String(config.name));
    return multiplier === undefined ? copy : { ...copy, config: { ...config, depth_multiplier: multiplier } };
  };
  return completed(topology as JsonObject) as object;
}

/** By the name of the layer: what stands before `/depthwise_kernel`, with or without the names of the models around it. */
function multipliersIn(specs: readonly Spec[]): Map<string, number> {
  const multipliers = new Map<string, number>();
  for (const { name, shape } of specs) {
    const path = name.split('/');
    if (path.pop() !== 'depthwise_kernel') continue;
    for (let first = path.length - 1; first >= 0; first--) {
      const layer = path.slice(first).join('/');
      if (first === 0 || !multipliers.has(layer)) multipliers.set(layer, shape[3]);
    }
  }
  return multipliers;
}
