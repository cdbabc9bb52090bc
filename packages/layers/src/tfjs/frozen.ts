import type { Layer } from '../adapter.js';
import type { Scope } from './calls.js';

type Model = Scope['model'];

/** The models that a layer was found in, around one another. */
const modelsAround = new WeakMap<Layer, Set<Model>>();

/** Notes that the layer is part of these models. */
export function isWithin(layer: Layer, scope: Scope): void {
  const models = modelsAround.get(layer) ?? new Set();
  for (let each: Scope | undefined = scope; each; each = each.around) models.add(each.model);
  modelsAround.set(layer, models);
}

/**
 * Whether `trainable` is false now, of the layer or of a model that it is in. tfjs tells the layers right within a model
 * that this is frozen, and by their weights alone: not those without weights, and none of a model within it.
 */
export const isFrozen = (layer: Layer): boolean =>
  !layer.trainable || [...(modelsAround.get(layer) ?? [])].some(({ trainable }) => !trainable);
