import type { Json, TensorRef } from './model.js';
import { keyOf } from './propagate.js';

/** A layer as TensorFlow.js is to have it; each call is the list of the tensors that it takes. */
export interface TfjsLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, Json>>;
  readonly calls: readonly (readonly TensorRef[])[];
  readonly nested?: TfjsModel;
}

export interface TfjsModel {
  readonly kind: 'Functional' | 'Sequential';
  readonly name: string;
  readonly layers: readonly TfjsLayer[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

export const outputOf = (layer: string, call = 0): TensorRef => ({ kind: 'tensor', layer, call, output: 0 });

/** Leaves out the layers that lead to no output, as those that only made a mask. */
export function withoutDeadEnds(model: TfjsModel): TfjsModel {
  const layers = new Map(model.layers.map((layer) => [layer.name, layer]));
  const alive = new Set<string>();
  const visit = (tensor: TensorRef) => {
    const layer = layers.get(tensor.layer);
    if (!layer || alive.has(layer.name)) return;
    alive.add(layer.name);
    layer.calls.flat().forEach(visit);
  };
  [...model.inputs, ...model.outputs].forEach(visit);
  return { ...model, layers: model.layers.filter(({ name }) => alive.has(name)) };
}

/**
 * Gives a call that takes one tensor twice a copy of it each time but the first, where another call takes it too:
 * TensorFlow.js counts who takes a tensor by calls and counts down by inputs, and disposes it before the other call.
 */
export function withCopies(model: TfjsModel): TfjsModel {
  const takers = new Map<string, Set<string>>();
  for (const { name, calls } of model.layers) {
    calls.forEach((inputs, call) => {
      for (const tensor of inputs) {
        const key = keyOf(tensor);
        takers.set(key, (takers.get(key) ?? new Set()).add(`${name}\n${call}`));
      }
    });
  }
  const isShared = (tensor: TensorRef) => (takers.get(keyOf(tensor))?.size ?? 0) > 1;
  const layers = model.layers.flatMap((layer): TfjsLayer[] => {
    const copies: TfjsLayer[] = [];
    const calls = layer.calls.map((inputs) =>
      inputs.map((tensor, i) => {
        const isFirst = inputs.findIndex((each) => keyOf(each) === keyOf(tensor)) === i;
        if (isFirst || !isShared(tensor)) return tensor;
        const name = `${layer.name}_again${copies.length === 0 ? '' : `_${copies.length}`}`;
        copies.push({ className: 'PassThrough', name, config: { name }, calls: [[tensor]] });
        return outputOf(name);
      }),
    );
    return [...copies, { ...layer, calls }];
  });
  return { ...model, layers };
}

/** A model in which every layer is called once, on the one before it. */
export function isChain({ layers, inputs, outputs }: TfjsModel): boolean {
  const last = layers.at(-1);
  return (
    inputs.length === 1 &&
    outputs.length === 1 &&
    last !== undefined &&
    keyOf(outputs[0]) === keyOf(outputOf(last.name)) &&
    layers.every(({ calls }, i) =>
      i === 0
        ? calls.length === 0
        : calls.length === 1 &&
          calls[0].length === 1 &&
          keyOf(calls[0][0]) === keyOf(outputOf(layers[i - 1].name)),
    )
  );
}

/**
 * The calls of each layer in the order in which TensorFlow.js makes them, which is not always the one in the file: it
 * goes through the layers again and again, and makes every call whose inputs are there.
 */
export function orderOfCalls(model: TfjsModel): Map<string, number[]> {
  const order = new Map<string, number[]>(model.layers.map(({ name }) => [name, []]));
  const made = new Set(
    model.layers.filter(({ calls }) => calls.length === 0).map(({ name }) => `${name}\n0`),
  );
  let waiting = model.layers.map(({ name, calls }) => ({
    name,
    calls: calls.map((inputs, call) => ({ inputs, call })),
  }));
  for (let progress = true; progress; ) {
    progress = false;
    waiting = waiting.map(({ name, calls }) => ({
      name,
      calls: calls.filter(({ inputs, call }) => {
        if (!inputs.every((tensor) => made.has(`${tensor.layer}\n${tensor.call}`))) return true;
        made.add(`${name}\n${call}`);
        order.get(name)?.push(call);
        progress = true;
        return false;
      }),
    }));
  }
  return order;
}
