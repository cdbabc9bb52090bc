import type { Layer } from '../adapter.js';
import type { Scope } from './calls.js';

type Model = Scope['model'];

/** The models that a layer was found in, around one another. */
const found = new WeakMap<Layer, Model[]>();

function modelsAround(layer: Layer): Model[] {
  const models = found.get(layer) ?? [];
  found.set(layer, models);
  return models;
}

/** Notes that the layer is part of these models. */
export function isWithin(layer: Layer, scope: Scope): void {
  const models = modelsAround(layer);
  for (let each: Scope | undefined = scope; each; each = each.around) {
    if (!models.includes(each.model)) models.push(each.model);
  }
}

/**
 * Tells whether `trainable` is false now, of the layer or of a model that it is in. tfjs tells the layers right within a
 * model that this is frozen, and by their weights alone: not those without weights, and none of a model within it.
 */
export function frozenTest(layer: Layer): () => boolean {
  const models = modelsAround(layer);
  return () => {
    if (!layer.trainable) return true;
    for (let i = 0; i < models.length; i++) if (!models[i].trainable) return true;
    return false;
  };
}
