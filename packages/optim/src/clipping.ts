import { type Gradient, gradientOf, type Optimizer, type Update } from '@feedalign/core';
import {
  addN,
  clipByValue,
  div,
  maximum,
  mul,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Transformation } from './chain.js';

/** A link, and a function that puts it before any optimizer. */
export interface Clipping extends Transformation {
  <S>(optimizer: Optimizer<S>): Optimizer<S>;
}

function clipping(change: (gradients: Tensor[]) => Tensor[], takesAll?: true): Clipping {
  const update = (updates: readonly Update[]): readonly Update[] => {
    if (updates.length === 0) return updates;
    const own = [...new Set(updates.map(({ gradient }) => gradient))];
    const changed = change(own.map((gradient) => gradient.compute()));
    const gradients = new Map(own.map((gradient, i) => [gradient, gradientOf(() => changed[i])]));
    return updates.map((each) => ({ ...each, gradient: gradients.get(each.gradient) as Gradient }));
  };
  const before = <S>(optimizer: Optimizer<S>): Optimizer<S> => ({
    ...optimizer,
    inParts: takesAll ? undefined : optimizer.inParts,
    apply: (updates, state) => tidy(() => optimizer.apply(update(updates), state)),
  });
  return Object.assign(before, { update, takesAll });
}

/**
 * Gradients that are scaled down together when their common norm is above `norm`: g ← g·norm/max(norm, ‖g‖), ‖g‖ over all
 * parameters; a gradient that feedback shares with weights counts once. A link of a chain, or a function of an optimizer.
 *
 * @example
 * ```ts
 * const optimizer = clipByGlobalNorm(1)(sgd({ learningRate: 0.1 }));
 * const same = chain(clipByGlobalNorm(1), scaleByLearningRate(0.1));
 * ```
 */
export const clipByGlobalNorm = (norm: number): Clipping =>
  clipping((gradients) => {
    const total = sqrt(addN(gradients.map((gradient) => sum(square(gradient)))));
    const factor = div(norm, maximum(total, norm));
    return gradients.map((gradient) => mul(gradient, factor));
  }, true);

/** Gradients each entry of which is clipped to [−limit, limit]: a link of a chain, or a function of an optimizer. */
export const clipByEntry = (limit: number): Clipping =>
  clipping((gradients) => gradients.map((gradient) => clipByValue(gradient, -limit, limit)));
