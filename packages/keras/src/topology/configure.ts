import type { Json, JsonObject, LayerSpec } from './model.js';
import { classOf } from './names.js';
import { refuseUnread } from './options.js';
import { translateParts } from './parts.js';
import { refusals } from './refusals.js';
import { refuse } from './refuse.js';
import type { Config, Context, Rewrite, Rewritten } from './rewrite.js';
import { attentions } from './rewrites/attention.js';
import { convolutions } from './rewrites/convolution.js';
import { elementwise } from './rewrites/elementwise.js';
import { recurrents } from './rewrites/recurrent.js';
import { shapings } from './rewrites/shaping.js';

/** Keras' classes that are written otherwise in TensorFlow.js. All others stay as they are. */
const rewrites: Readonly<Record<string, Rewrite>> = {
  ...convolutions,
  ...elementwise,
  ...recurrents,
  ...shapings,
};

/** Classes of old versions that are another class by another name. */
const renamed: Readonly<Record<string, string>> = {
  BatchNormalizationV1: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
  UnifiedGRU: 'GRU',
  UnifiedLSTM: 'LSTM',
};

/** A layer's configuration but for what it wraps. */
export function plainConfig({ config }: LayerSpec, context: Context): Config {
  const { batch_shape, layer: _, ...translated } = translateParts(config, context);
  return batch_shape === undefined ? translated : { ...translated, batch_input_shape: batch_shape };
}

const rewriteOf = (className: string): Rewrite | undefined =>
  Object.hasOwn(rewrites, className) ? rewrites[className] : undefined;

/** A layer's class and configuration in TensorFlow.js. */
export function translateConfig(layer: LayerSpec, context: Context): Rewritten {
  if (Object.hasOwn(refusals, layer.className)) refuse(layer, ...refusals[layer.className]);
  refuseUnread(layer.config, context);
  const className = Object.hasOwn(renamed, layer.className) ? renamed[layer.className] : layer.className;
  const wrapped: Config = layer.config.layer === undefined ? {} : { layer: layer.config.layer };
  const config: Config = { ...plainConfig(layer, context), ...wrapped };
  if (className === 'InputLayer' && config.sparse === true) {
    refuse(layer, 'is sparse', 'TensorFlow.js has no sparse tensors: save the model with sparse=False.');
  }
  const rewrite = Object.hasOwn(attentions, className) ? attentions[className](layer) : rewriteOf(className);
  const rewritten = rewrite?.(config, context) ?? {};
  const kept: Config = rewritten.className === undefined ? {} : { trainable: config.trainable ?? true };
  return {
    ...rewritten,
    className: rewritten.className ?? className,
    config: { ...kept, ...(rewritten.config ?? config) },
  };
}

/** A layer inside a layer, and the cells of a recurrent one. */
export function translateInner(json: JsonObject, owner: string, version: number): JsonObject {
  const config = (json.config ?? {}) as JsonObject;
  const name = String(config.name ?? owner);
  const layer: LayerSpec = {
    className: classOf(json),
    name,
    config,
    calls: [{ positional: [], named: {} }],
    keras: { path: [], store: '' },
  };
  const inner = (each: Json) => translateInner(each as JsonObject, name, version);
  const { before, ...written } = translateConfig(layer, { ...layer, version, masked: false, inner });
  if (before)
    refuse(layer, `needs another layer before it, inside '${owner}'`, 'Take it out of the wrapper.');
  return { class_name: written.className, config: { ...written.config, name } };
}
