import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What of a model trains, and tfjs does not say in its types. */
export interface Trained {
  makeTrainFunction(): (data: never[], rows?: Uint32Array) => unknown;
  /** The loop of `fit`: a train function, the tensors that it takes rows of, whether to shuffle them, and more. */
  fitLoop(train: (data: never[]) => unknown, ins: readonly unknown[], ...rest: unknown[]): Promise<unknown>;
  model?: Trained;
}

/** The methods that are replaced, given what they were. */
export type Replaced = {
  readonly [K in 'makeTrainFunction' | 'fitLoop']: (trained: Trained, stock: Trained[K]) => Trained[K];
};

/**
 * Replaces methods on the instance that trains: `makeTrainFunction`, which `fit`, `fitDataset` and `trainOnBatch` all call,
 * and `fitLoop`.
 *
 * A Sequential delegates to a model of its own, which every `compile` makes anew: there the property that holds it
 * is watched, so that each new one is served too.
 *
 * @returns what undoes it
 */
export function onTrainingModel(model: LayersModel, replaced: Replaced): () => void {
  const outer = model as unknown as Trained;
  if (!('add' in model)) return overrideAll(outer, replaced);

  let inner = outer.model;
  let undo = inner ? overrideAll(inner, replaced) : () => {};
  Object.defineProperty(outer, 'model', {
    configurable: true,
    enumerable: true,
    get: () => inner,
    set: (next: Trained) => {
      undo();
      inner = next;
      undo = next ? overrideAll(next, replaced) : () => {};
    },
  });
  return () => {
    undo();
    Object.defineProperty(outer, 'model', {
      configurable: true,
      enumerable: true,
      writable: true,
      value: inner,
    });
  };
}

function overrideAll(target: Trained, replaced: Replaced): () => void {
  const undo = [
    override(target, 'makeTrainFunction', (stock) => replaced.makeTrainFunction(target, stock)),
    override(target, 'fitLoop', (stock) => replaced.fitLoop(target, stock)),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/** Puts another function in the place of a method of this instance; returns what undoes it. */
export function override<T extends object, K extends keyof T>(
  target: T,
  name: K,
  around: (stock: T[K]) => T[K],
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const stock = target[name] as (...given: unknown[]) => unknown;
  const value = around(stock.bind(target) as T[K]);
  Object.defineProperty(target, name, { configurable: true, writable: true, value });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}
