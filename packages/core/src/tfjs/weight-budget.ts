import { serialization, tidy } from '@tensorflow/tfjs-core';
import { FeedalignError } from '../errors.js';
import { isObject, type Json, type JsonObject } from '../files/json.js';

type AddWeight = (name: string, shape: readonly number[], ...rest: unknown[]) => unknown;
interface LayerClass {
  addWeight: AddWeight;
}

const classes = () => serialization.SerializationMap.getMap().classNameMap;

/** A little more than what is promised is let through: what is wrong then is said where weights and layers are compared. */
const SLACK = 2 ** 20;

/**
 * Makes a model, and stops before the weights of its layers have more numbers than they may: what a file says of `units`
 * and `filters` costs its writer nothing.
 *
 * @param isDry whether only the numbers are counted, and no memory is taken for them
 * @throws FeedalignError `bad-data-file`
 */
export function withinBudget<T>(name: string, numbers: number, act: () => T, isDry = false): T {
  // tfjs-layers has registered its classes if there is anything to make.
  const dense = classes().Dense?.[0] as unknown as { prototype: object } | undefined;
  if (!dense) return act();
  const layer = Object.getPrototypeOf(dense.prototype) as LayerClass;
  const { addWeight } = layer;
  let left = numbers + SLACK;
  layer.addWeight = function (this: unknown, weight, shape, ...rest) {
    left -= shape.reduce((product, size) => product * size, 1);
    if (!(left >= 0)) throw tooLarge(name, numbers, (this as { name: string }).name, weight, shape);
    return isDry ? { shape } : addWeight.call(this, weight, shape, ...rest);
  };
  try {
    return act();
  } finally {
    layer.addWeight = addWeight;
  }
}

const tooLarge = (file: string, numbers: number, layer: string, weight: string, shape: readonly unknown[]) =>
  new FeedalignError(
    'bad-data-file',
    `The layer '${layer}' of '${file}' is to have a ${weight} of the shape [${shape}], but the weights in the file are ${numbers} numbers in all.`,
    'The file is broken, or made to do harm: get it again from where it comes from.',
  );

/**
 * Refuses a description whose layers would have more weights than the file; nothing is kept of them.
 *
 * @param topology as TensorFlow.js has it
 */
export function requireAffordable(name: string, topology: JsonObject, numbers: number): void {
  const made = Object.hasOwn(classes(), String(topology.class_name))
    ? classes()[String(topology.class_name)]
    : undefined;
  if (!made) return;
  const [cls, fromConfig] = made as unknown as [unknown, (...given: unknown[]) => unknown];
  try {
    withinBudget(
      name,
      numbers,
      () => tidy(() => void fromConfig(cls, inCamelCase(topology.config), {}, true)),
      true,
    );
  } catch (error) {
    // Whatever else is wrong TensorFlow.js says itself.
    if (error instanceof FeedalignError) throw error;
  }
}

/** Lists in which the first entry is the name of a layer. */
const histories = new Set(['inboundNodes', 'inputLayers', 'outputLayers']);

const camelCase = (text: string): string =>
  text.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase());

/** A description in the names that tfjs-layers has inside: it does the same before it makes a model. */
export function inCamelCase(value: Json, key = ''): unknown {
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
