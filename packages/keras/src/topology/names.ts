import { isObject, type JsonObject } from './model.js';
import { isOfKeras } from './options.js';

/**
 * The class of a layer. One that somebody registered keeps its whole name, `Custom>Dense`, where it bears that of a layer of
 * Keras, and so does one of a module that is not Keras'.
 */
export function classOf({ class_name, module, registered_name }: JsonObject): string {
  const name = String(class_name);
  const registered = typeof registered_name === 'string' && registered_name.includes('>');
  const isForeign = typeof module === 'string' && !/^(tf_)?keras(\.|$)|^tensorflow\.|^builtins$/.test(module);
  if (!(registered || isForeign) || !isOfKeras(name)) return name;
  return registered ? (registered_name as string) : `${module}.${name}`;
}

/** Whether it is a model, and not a layer of its own. */
export const isModel = ({ class_name, config }: JsonObject): boolean =>
  isObject(config) ? Array.isArray(config.layers) : class_name === 'Sequential' && Array.isArray(config);

/** The configuration of a model; the first versions of Keras 2 have the layers of a Sequential in its place. */
export const configOf = ({ config }: JsonObject): JsonObject =>
  isObject(config) ? config : { name: 'sequential', layers: config };

/**
 * The name of a bare operation. Keras 3 has classes of operations that are called like layers (`Add`); what tells them
 * apart in every file is that a layer has a dtype; the operation `Cast` has one as well.
 */
export function operationOf(layer: JsonObject): string | undefined {
  const { class_name, module, config } = layer;
  if (class_name === 'TFOpLambda' || class_name === 'SlicingOpLambda') {
    return String((config as JsonObject).function ?? (config as JsonObject).name);
  }
  const isLayer =
    typeof module === 'string'
      ? !module.startsWith('keras.src.ops')
      : isModel(layer) ||
        (class_name !== 'Cast' && isObject(config) && ('dtype' in config || 'trainable' in config));
  return isLayer ? undefined : (class_name as string);
}

/** How a `.keras` file calls the layers of a model: by class, counted. Operations of Keras 3 are not among them. */
export function storeNames(layers: readonly JsonObject[]): string[] {
  const used = new Map<string, number>();
  return layers.map((json) => {
    const { class_name, config } = json;
    const isTensorFlow = isObject(config) && 'function' in config;
    if (operationOf(json) !== undefined && !isTensorFlow) return '';
    const name = snakeCase(class_name as string);
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

/** As `keras.src.utils.naming.to_snake_case`. */
const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** Names that layers of different (nested) models share. */
export function duplicateNames(json: JsonObject): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  const visit = (model: JsonObject) => {
    for (const each of configOf(model).layers as JsonObject[]) {
      const name = String(each.name ?? (each.config as JsonObject).name);
      (seen.has(name) ? twice : seen).add(name);
      const inner = isModel(each) ? each : (each.config as JsonObject).layer;
      if (isObject(inner) && isModel(inner)) visit(inner);
    }
  };
  if (isModel(json)) visit(json);
  return twice;
}
