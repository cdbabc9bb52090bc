import type { DivergedError } from '@feedalign/step';
import { dispose, keep, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { AfterBatch, type Callbacks, withCallback } from './callbacks.js';
import { override } from './training-model.js';

/** A step whose loss is to be read, and what it was taken with. */
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
 * Each loss is read when its batch is done, as a callback of the loop.
 */
export function fitting(
  model: LayersModel,
  stepsTaken: () => number,
  explain: (loss: number, step: Watched) => Promise<DivergedError>,
): Fitting {
  let isFitting = false;
  let pending: Watched[] = [];

  const drop = (all: readonly Watched[]) => dispose(all.map(({ loss, data }) => [loss, ...data]) as never);
  const look = async () => {
    const all = pending;
    pending = [];
    try {
      for (const each of all) {
        const [value] = await each.loss.data();
        if (!Number.isFinite(value)) throw await explain(value, each);
      }
    } finally {
      drop(all);
    }
  };

  const watched =
    <A extends unknown[]>(stock: (...given: A) => Promise<unknown>, settings: number) =>
    async (...given: A) => {
      // tfjs refuses a second run beside the first.
      if (isFitting) return stock(...given);
      const args = given[settings] as { callbacks?: Callbacks; yieldEvery?: never } | undefined;
      const callbacks = withCallback(new AfterBatch(look), args?.callbacks, args?.yieldEvery);
      given[settings] = { ...args, callbacks } as A[number];
      isFitting = true;
      try {
        return await stock(...given);
      } finally {
        isFitting = false;
        drop(pending);
        pending = [];
      }
    };
  const release = [
    override(model, 'fit', (stock) => watched(stock, 2) as typeof stock),
    override(model, 'fitDataset', (stock) => watched(stock as never, 1) as typeof stock),
  ];

  return {
    step: (data, rows, train) => {
      const results = train(data);
      if (isFitting) {
        const [loss, ...held] = [results[0], ...data].map((each) => each && keep(each.clone()));
        pending.push({ loss, data: held, rows, step: stepsTaken() });
      }
      return results;
    },
    release: () => {
      for (const each of release) each();
    },
  };
}
