import type { layers } from '@tensorflow/tfjs-layers';
import { isObject, type Json, type LayerSpec } from '../topology/model.js';

type Directions = { forwardLayer: layers.Layer; backwardLayer: layers.Layer };

const isFrozen = (part: Json | undefined) =>
  isObject(part) && isObject(part.config) && part.config.trainable === false;

/** tfjs makes both directions of one description: where one of them alone is frozen it is so afterwards. */
export function freezeDirections(layer: layers.Layer, { className, config }: LayerSpec): void {
  if (className !== 'Bidirectional' || config.backward_layer == null) return;
  const { forwardLayer, backwardLayer } = layer as unknown as Directions;
  forwardLayer.trainable = !isFrozen(config.layer);
  backwardLayer.trainable = !isFrozen(config.backward_layer);
}
