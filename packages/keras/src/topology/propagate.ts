import { type Call, type LayerSpec, type ModelSpec, type TensorRef, tensorsOf } from './model.js';

/** What is known of each tensor of a model, by `keyOf`. */
export type Facts<T> = ReadonlyMap<string, T>;

export const keyOf = ({ layer, call, output }: TensorRef): string => `${layer}\n${call}\n${output}`;

/**
 * Follows a fact about tensors through a model, from its inputs on.
 *
 * @param transfer what holds of each output of a call, given what holds of the tensors that it takes; one value stands
 *   for the first output, and nothing is known of others
 */
export function propagate<T>(
  model: ModelSpec,
  inputs: (layer: LayerSpec, index: number) => T | undefined,
  transfer: (layer: LayerSpec, call: Call, given: readonly (T | undefined)[], index: number) => T | undefined,
): Map<string, T | undefined> {
  const facts = new Map<string, T | undefined>();
  const layers = new Map(model.layers.map((layer) => [layer.name, layer]));
  model.inputs.forEach((tensor, i) => {
    facts.set(keyOf(tensor), inputs(layers.get(tensor.layer) as LayerSpec, i));
  });
  // A stack of its own: a file may list thousands of layers from the last to the first.
  const begun = new Set<string>();
  const visit = (start: TensorRef): void => {
    const pending = [start];
    for (let tensor = pending.at(-1); tensor; tensor = pending.at(-1)) {
      const { layer: name, call: index } = tensor;
      const layer = layers.get(name);
      const call = layer?.calls[index];
      const key = keyOf({ kind: 'tensor', layer: name, call: index, output: 0 });
      const given = call ? tensorsOf(call) : [];
      if (layer && call && !facts.has(key)) {
        facts.set(key, undefined);
        begun.add(key);
        pending.push(...given.toReversed());
        continue;
      }
      pending.pop();
      if (!layer || !call || !begun.delete(key)) continue;
      facts.set(
        key,
        transfer(
          layer,
          call,
          given.map((each) => facts.get(keyOf(each))),
          index,
        ),
      );
    }
  };
  for (const layer of model.layers) {
    layer.calls.forEach((_, call) => {
      visit({ kind: 'tensor', layer: layer.name, call, output: 0 });
    });
  }
  return facts;
}
