import type { Rng } from '@feedalign/core';
import { gather, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Trained } from './training-model.js';

/** Where `fitLoop` has whether to shuffle: after the train function and the tensors, among the others. */
const shufflePlace = 7;

/** A train function that is told which rows of the data a batch is made of. */
type Train = (data: never[], rows?: Uint32Array) => unknown;

const orders: ReadonlyMap<unknown, 'seeded' | 'given'> = new Map<unknown, 'seeded' | 'given'>([
  [undefined, 'seeded'],
  [null, 'seeded'],
  [true, 'seeded'],
  [false, 'given'],
]);

/**
 * `fitLoop` with an order of examples that comes from the run's seed: tfjs' own comes from `Math.random`. tfjs is given
 * row numbers in place of the data and asked not to shuffle; the rows are taken here.
 *
 * @param orderOf the random numbers of the next epoch
 */
export const inSeededOrder =
  (stock: Trained['fitLoop'], orderOf: () => Rng): Trained['fitLoop'] =>
  (train: Train, ins, ...rest) => {
    const kind = orders.get(rest[shufflePlace]);
    const tensors = ins as readonly (Tensor | null)[];
    const count = tensors[0]?.shape[0] ?? 0;
    if (!kind || count === 0) return stock(train, ins, ...rest);
    const given = Uint32Array.from({ length: count }, (_, i) => i);
    const numbers = tensor1d(Int32Array.from(given), 'int32');
    let order: Uint32Array = given;
    let taken = 0;
    const rows = ([batch]: Tensor[]) =>
      tidy(() => {
        if (taken === 0 && kind === 'seeded') order = orderOf().permutation(count);
        const [size] = batch.shape;
        const chosen = order.subarray(taken, taken + size);
        const places = tensor1d(Int32Array.from(chosen), 'int32');
        taken = (taken + size) % count;
        const data = tensors.map((tensor) => tensor && gather(tensor, places));
        return train(data as never[], chosen) as Tensor[];
      });
    const settings = rest.map((each, i) => (i === shufflePlace ? false : each));
    return stock(rows as Train, [numbers], ...settings).finally(() => numbers.dispose());
  };
