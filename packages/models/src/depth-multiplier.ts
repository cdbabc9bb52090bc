import type { io } from '@tensorflow/tfjs-core';

type Json = Record<string, unknown>;
interface LayerJson {
  readonly class_name: string;
  readonly config: Json & { readonly name?: string };
}

/**
 * The description of a model with what tfjs leaves out of it: a SeparableConv2D's channels for each channel of its input.
 * Its depthwise kernel, [height, width, channels, multiplier], has the number.
 */
export function withDepthMultipliers(topology: object, specs: readonly io.WeightsManifestEntry[]): object {
  const multiplierOf = (name: string | undefined) => {
    const own = `${name}/depthwise_kernel`;
    return specs.find((spec) => spec.name === own || spec.name.endsWith(`/${own}`))?.shape[3];
  };
  const completed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(completed);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, completed(each)]);
    const copy = Object.fromEntries(entries) as Json;
    if (!isSeparable(copy) || 'depth_multiplier' in copy.config) return copy;
    const multiplier = multiplierOf(copy.config.name);
    return multiplier === undefined
      ? copy
      : { ...copy, config: { ...copy.config, depth_multiplier: multiplier } };
  };
  return completed(topology) as object;
}

const isSeparable = (value: unknown): value is LayerJson => {
  const { class_name, config } = value as Partial<LayerJson>;
  return class_name === 'SeparableConv2D' && typeof config === 'object' && config !== null;
};
