import type { LayersModel } from '@tensorflow/tfjs-layers';

type TrainFunction = (data: never[]) => unknown;
interface Trained {
  makeTrainFunction(): TrainFunction;
  model?: Trained;
}

/**
 * Replaces `makeTrainFunction`, which `fit`, `fitDataset` and `trainOnBatch` all call, on the instance that trains.
 *
 * A Sequential delegates to a model of its own, which every `compile` makes anew: there the property that holds it
 * is watched, so that each new one is served too.
 *
 * @returns what undoes it
 */
export function onTrainingModel(model: LayersModel, make: (trained: unknown) => unknown): () => void {
  const outer = model as unknown as Trained;
  if (!('add' in model)) return override(outer, make);

  let inner = outer.model;
  let undo = inner ? override(inner, make) : () => {};
  Object.defineProperty(outer, 'model', {
    configurable: true,
    enumerable: true,
    get: () => inner,
    set: (next: Trained) => {
      undo();
      inner = next;
      undo = override(next, make);
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

function override(target: Trained, make: (trained: unknown) => unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, 'makeTrainFunction');
  Object.defineProperty(target, 'makeTrainFunction', {
    configurable: true,
    writable: true,
    value: () => make(target),
  });
  return () => {
    if (own) Object.defineProperty(target, 'makeTrainFunction', own);
    else Reflect.deleteProperty(target, 'makeTrainFunction');
  };
}
