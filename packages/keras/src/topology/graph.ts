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
  const pending = [...model.inputs, ...model.outputs];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    const layer = layers.get(tensor.layer);
    if (!layer || alive.has(layer.name)) continue;
    alive.add(layer.name);
    pending.push(...layer.calls.flat());
  }
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
 * goes through the layers again and again, and makes every call whose inputs are there. What waits for something that is
 * never made is left out.
 */
export function orderOfCalls({ layers }: TfjsModel): Map<string, number[]> {
  /** By `layer\ncall`: the round in which it is made, and its place within one. */
  const made = new Map<string, { readonly round: number; readonly place: number }>();
  const waiting = new Map<string, PlacedCall[]>();
  const ready: PlacedCall[] = [];
  let place = 0;
  for (const { name, calls } of layers) {
    if (calls.length === 0) made.set(`${name}\n0`, { round: 0, place: -1 });
    for (const [call, inputs] of calls.entries()) {
      const keys = [...new Set(inputs.map((tensor) => `${tensor.layer}\n${tensor.call}`))];
      const placed: PlacedCall = { name, call, place: place++, inputs: keys, missing: keys.length };
      if (keys.length === 0) ready.push(placed);
      for (const key of keys) {
        const others = waiting.get(key);
        if (others) others.push(placed);
        else waiting.set(key, [placed]);
      }
    }
  }
  const arrived = (key: string) => {
    for (const other of waiting.get(key) ?? []) if (--other.missing === 0) ready.push(other);
  };
  const rounds = new Map<PlacedCall, number>();
  for (const key of [...made.keys()]) arrived(key);
  for (let next = ready.pop(); next; next = ready.pop()) {
    let round = 0;
    for (const key of next.inputs) {
      const from = made.get(key) as { round: number; place: number };
      round = Math.max(round, from.round + (from.place > next.place ? 1 : 0));
    }
    rounds.set(next, round);
    const key = `${next.name}\n${next.call}`;
    made.set(key, { round, place: next.place });
    arrived(key);
  }
  const order = new Map<string, number[]>(layers.map(({ name }) => [name, []]));
  const sorted = [...rounds].sort(([a, early], [b, late]) => early - late || a.place - b.place);
  for (const [{ name, call }] of sorted) order.get(name)?.push(call);
  return order;
}

interface PlacedCall {
  readonly name: string;
  readonly call: number;
  /** Among all calls, as the file lists them. */
  readonly place: number;
  /** What it takes, each once. */
  readonly inputs: readonly string[];
  missing: number;
}
