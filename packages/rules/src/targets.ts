import type { Pass } from '@feedalign/core';
import { cast, oneHot, reshape, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';

/** The targets of a network with one output as [N, C] numbers: one-hot where the loss takes class numbers. */
export function targetsOf({ error, targets }: Pass): Tensor {
  const [batch, classes] = error.shape;
  const [given] = targets;
  const isSparse = given.size === batch && classes > 1;
  const y = isSparse
    ? asFloat(oneHot(reshape(cast(given, 'int32'), [batch]) as Tensor1D, classes))
    : asFloat(given);
  return reshape(y, [batch, classes]);
}

const asFloat = (x: Tensor) => (x.dtype === 'float32' ? x : cast(x, 'float32'));
