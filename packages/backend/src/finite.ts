import { engine, getBackend, getKernel, isFinite, type Tensor, where } from '@tensorflow/tfjs-core';

/** Kernels of a backend that decides by itself: given the `loss`, and what ends it. */
const guardKernel = 'FeedalignGuard';
const unguardKernel = 'FeedalignUnguard';

/** The loss on which changes depend now. */
let deciding: Tensor | undefined;

/**
 * Does `change`, whose primitives change variables only if the loss is finite: that is decided where the loss is, without
 * anybody's waiting for it.
 *
 * @param loss a scalar
 */
export function whenFinite(loss: Tensor, change: () => void): void {
  const decides = getKernel(guardKernel, getBackend()) !== undefined;
  const outer = deciding;
  deciding = loss;
  if (decides) engine().runKernel(guardKernel, { loss });
  try {
    change();
  } finally {
    deciding = outer;
    if (decides) engine().runKernel(unguardKernel, {});
  }
}

/** What becomes of a value: the next one, or itself where the loss is not finite. */
export const keptWhereNotFinite = (value: Tensor, next: Tensor): Tensor =>
  deciding ? where(isFinite(deciding), next, value) : next;
