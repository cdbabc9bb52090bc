import type { CrossEntropyAttributes } from '@feedalign/backend';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernels, rowsOf, sizeOf } from '../kernel.js';
import { work } from '../work.js';

interface Inputs {
  readonly logits: TensorInfo;
  readonly targets: TensorInfo;
}

/** Softmax and sigmoid with their cross-entropies and errors: predictions, losses, errors. */
export const crossEntropies: Kernels = (engine) => ({
  FeedalignSoftmaxCrossEntropy: ({ logits, targets }: Inputs, { scale = 1 }: CrossEntropyAttributes) => {
    const { rows, columns } = rowsOf(logits);
    const [p, losses, e] = [logits.shape, logits.shape.slice(0, -1), logits.shape].map(engine.output);
    engine.run(
      'softmaxCrossEntropy',
      Math.max(1, Math.min(rows, engine.parts(rows * columns * work.crossEntropy))),
      engine.at(logits),
      engine.at(targets),
      engine.at(p),
      engine.at(losses),
      engine.at(e),
      rows,
      columns,
      scale,
    );
    return [p, losses, e];
  },

  FeedalignSigmoidCrossEntropy: ({ logits, targets }: Inputs, { scale = 1 }: CrossEntropyAttributes) => {
    const count = sizeOf(logits);
    const [p, losses, e] = [logits.shape, logits.shape, logits.shape].map(engine.output);
    engine.run(
      'sigmoidCrossEntropy',
      engine.parts(count * work.crossEntropy),
      engine.at(logits),
      engine.at(targets),
      engine.at(p),
      engine.at(losses),
      engine.at(e),
      count,
      scale,
    );
    return [p, losses, e];
  },
});
