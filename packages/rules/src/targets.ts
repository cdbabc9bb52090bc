import type { Pass } from '@feedalign/core';
import { cast, concat, oneHot, reshape, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';

/** The targets of all outputs as numbers, side by side, [N, errorSize]: one-hot where the loss takes class numbers. */
export function targetsOf({ network, targets, record }: Pass): Tensor {
  const [batch] = record.records[network.inputs[0].id].output.shape;
  const each = network.outputs.map(({ node, size }, i) => {
    const classes = node.outputShape[node.outputShape.length - 1] ?? 1;
    const given = targets[i];
    const isSparse = classes > 1 && given.size === (batch * size) / classes;
    const y = isSparse ? oneHot(reshape(asType(given, 'int32'), [given.size]) as Tensor1D, classes) : given;
    return reshape(asType(y, 'float32'), [batch, size]);
  });
  return each.length === 1 ? each[0] : concat(each, 1);
}

const asType = (x: Tensor, dtype: 'int32' | 'float32') => (x.dtype === dtype ? x : cast(x, dtype));
