import { FeedalignError } from '@feedalign/core';
import { tidy } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { badFile, wholeModel } from '../source/file.js';
import type { LayerSpec, ModelSpec } from '../topology/model.js';
import { byName, type Found } from './by-name.js';
import { byStore } from './by-store.js';
import type { WeightEntry } from './entry.js';
import { freezeDirections } from './frozen.js';
import { type Slot, slotsOf } from './slots.js';

/** A layer with weights, as Keras described it and as it was made. */
export interface Unit {
  readonly spec: LayerSpec;
  readonly slots: readonly Slot[];
}

type Layer = layers.Layer;

/** Gives each weight of a model its numbers from the file. */
export function assignWeights(
  model: LayersModel,
  spec: ModelSpec,
  entries: readonly WeightEntry[],
  file: string,
): void {
  const units = unitsOf(model, spec);
  if (entries.length === 0 && units.length > 0) throw badFile(`'${file}' has no weights.`, wholeModel);
  const learned = entries.filter(
    ({ name }) => !/(seed_generator|random_generator|seed_generator_state|StateVar)/.test(name),
  );
  const isStore = learned.some(({ name }) => /(^|\/)vars\/\d+$/.test(name));
  const found: Map<Unit, Found> = (isStore ? byStore : byName)(units, learned);
  const given = new Map(units.map((unit) => [unit, withoutCounts(unit, found.get(unit) ?? [])]));
  for (const [unit, own] of given) check(unit, own, file);
  for (const [{ slots }, own] of given) {
    slots.forEach(({ variable }, i) => {
      // A constraint that is applied while writing leaves tensors behind.
      tidy(() => {
        variable.write((own[i] as WeightEntry).read());
      });
    });
  }
}

/** The layers of a model and those nested in it, but not the nested models themselves. */
function unitsOf(model: LayersModel, spec: ModelSpec): Unit[] {
  const layers = new Map(model.layers.map((layer) => [layer.name, layer]));
  return spec.layers.flatMap((each): Unit[] => {
    const layer = layers.get(each.name);
    if (!layer || each.operation !== undefined) return [];
    if (each.nested) return unitsOf(inside(layer), each.nested);
    freezeDirections(layer, each);
    const slots = slotsOf(layer);
    return slots.length > 0 ? [{ spec: each, slots }] : [];
  });
}

/** `TimeDistributed` holds the model that it repeats. */
const inside = (layer: Layer): LayersModel =>
  ((layer as Layer & { layer?: Layer }).layer ?? layer) as LayersModel;

/** Keras' Normalization counts the batches that it has seen. */
const withoutCounts = ({ spec }: Unit, entries: Found): Found =>
  spec.className === 'Normalization' ? entries.slice(0, 2) : entries;

function check({ spec, slots }: Unit, entries: Found, file: string): void {
  const shown = (shapes: readonly string[]) => shapes.join(', ') || 'none';
  const wanted = slots.map(({ variable }) => `[${variable.shape}]`);
  const given = entries.map((entry, i) => (entry ? `[${entry.shape}]` : `no ${slots[i].kind}`));
  if (shown(wanted) === shown(given)) return;
  const found = entries.every((entry) => entry === undefined) ? 'none' : shown(given);
  throw new FeedalignError(
    'shape-mismatch',
    `The layer '${spec.keras.path.join("' in '")}' (${spec.className}) has weights of the shapes ${shown(wanted)}, but '${file}' has ${found} for it.`,
    "Save the whole model again in Keras: model.save('model.keras').",
  );
}
