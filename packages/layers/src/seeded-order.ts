import type { Rng } from '@feedalign/core';
import { gather, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Trained } from './training-model.js';

/** Where `fitLoop` has whether to shuffle: after the train function and the tensors, among the others. */
const shufflePlace = 7;

type Train = (data: never[]) => unknown;

/**
 * `fitLoop` with an order of examples that comes from the run's seed: tfjs' own comes from `Math.random`. tfjs is given
 * row numbers in place of the data and asked not to shuffle; the rows are taken here.
 *
 * @param orderOf the random numbers of the next epoch
 */
export const inSeededOrder =
  (stock: Trained['fitLoop'], orderOf: () => Rng): Trained['fitLoop'] =>
  (train: Train, ins, ...rest) => {
    const isShuffled =
      rest[shufflePlace] === undefined || rest[shufflePlace] === null || rest[shufflePlace] === true;
    const tensors = ins as readonly (Tensor | null)[];
    const count = tensors[0]?.shape[0] ?? 0;
    if (!isShuffled || count === 0) return stock(train, ins, ...rest);
    const numbers = tensor1d(
      Int32Array.from({ length: count }, (_, i) => i),
      'int32',
    );
    let order: Uint32Array = new Uint32Array(0);
    let taken = 0;
    const rows = ([batch]: Tensor[]) =>
      tidy(() => {
        if (taken === 0) order = orderOf().permutation(count);
        const [size] = batch.shape;
        const chosen = tensor1d(Int32Array.from(order.subarray(taken, taken + size)), 'int32');
        taken = (taken + size) % count;
        return train(tensors.map((tensor) => tensor && gather(tensor, chosen)) as never[]) as Tensor[];
      });
    const settings = rest.map((each, i) => (i === shufflePlace ? false : each));
    return stock(rows as Train, [numbers], ...settings).finally(() => numbers.dispose());
  };
