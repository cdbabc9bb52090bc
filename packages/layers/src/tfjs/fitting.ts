import type { DivergedError } from '@feedalign/step';
import { dispose, keep, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Callbacks, settledCallbacks } from './callbacks.js';
import { override } from './training-model.js';

/** A step whose loss is being read, and what it was taken with. */
export interface Watched {
  readonly loss: Tensor;
  readonly data: readonly Tensor[];
  /** Which rows of what `fit` was given the data are, where that is known. */
  readonly rows?: Uint32Array;
  /** Counted from 1. */
  readonly step: number;
}

/** A model's `fit` and `fitDataset`, which end with an error when a loss is not finite. */
export interface Fitting {
  /** Takes a step by `train`, the first of whose results is the loss. */
  step(data: Tensor[], rows: Uint32Array | undefined, train: (data: Tensor[]) => Tensor[]): Tensor[];
  /** Gives the model its own `fit` and `fitDataset` back. */
  release(): void;
}

/**
 * Sees that no loss that is NaN or infinite passes in silence while a model is fitted: tfjs would go on to the last epoch.
 * Losses are read while the next steps are on their way.
 */
export function fitting(
  model: LayersModel,
  stepsTaken: () => number,
  explain: (loss: number, step: Watched) => Promise<DivergedError>,
): Fitting {
  let isFitting = false;
  let pending: Watched[] = [];
  let reading: Promise<void> | undefined;
  let failure: DivergedError | undefined;

  const read = async () => {
    while (pending.length > 0) {
      const all = pending;
      pending = [];
      for (const each of all) {
        const [value] = failure ? [0] : await each.loss.data();
        if (!Number.isFinite(value)) failure = await explain(value, each);
        dispose([each.loss, ...each.data]);
      }
    }
    reading = undefined;
  };

  const watched =
    <A extends unknown[]>(stock: (...given: A) => Promise<unknown>, settings: number) =>
    async (...given: A) => {
      if (isFitting) return stock(...given);
      isFitting = true;
      failure = undefined;
      const args = given[settings] as { callbacks?: Callbacks; yieldEvery?: never } | undefined;
      if (args) {
        const callbacks = settledCallbacks(args.callbacks, args.yieldEvery);
        given[settings] = { ...args, callbacks } as A[number];
      }
      try {
        const history = await stock(...given);
        await reading;
        if (failure) throw failure;
        return history;
      } finally {
        await reading;
        isFitting = false;
      }
    };
  const release = [
    override(model, 'fit', (stock) => watched(stock, 2) as typeof stock),
    override(model, 'fitDataset', (stock) => watched(stock as never, 1) as typeof stock),
  ];

  return {
    step: (data, rows, train) => {
      if (failure && isFitting) throw failure;
      const results = train(data);
      if (isFitting) {
        const copies = [results[0], ...data].map((each) => each && keep(each.clone()));
        const [loss, ...held] = copies;
        pending.push({ loss, data: held, rows, step: stepsTaken() });
        reading ??= read();
      }
      return results;
    },
    release: () => {
      for (const each of release) each();
    },
  };
}
