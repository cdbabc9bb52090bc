import { accumulateStep, keptWhereNotFinite } from '@feedalign/backend';
import { mapTree, neverRepeat, replaceTree, type TensorTree, tensorsOf } from '@feedalign/core';
import { type Tensor, Variable } from '@tensorflow/tfjs-core';

/**
 * The state of a rule that learned: variables stay and get the next values in place, other tensors are replaced by the
 * next ones. Where the loss is not finite nothing of it changes.
 */
export function advanced<S extends TensorTree>(state: S, next: S): S {
  if (next === state) return state;
  const before = new Map<string, Tensor>(tensorsOf(state));
  const settled = mapTree(next, (tensor, path) => {
    const own = before.get(path);
    if (own === tensor || !own) return tensor;
    if (own.shape.join() !== tensor.shape.join()) return tensor;
    if (!(own instanceof Variable)) return keptWhereNotFinite(own, tensor);
    accumulateStep({ variable: own, value: tensor }, { scale: 1, keep: 0 });
    return own;
  });
  const isInPlace = tensorsOf(settled).every(([path, tensor]) => before.get(path) === tensor);
  // Another tensor, or another plain value, is nothing that a recording would make again.
  if (isInPlace) return state;
  neverRepeat();
  return replaceTree(state, settled);
}
