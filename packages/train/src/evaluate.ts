import { forward, type Network } from '@feedalign/core';
import { batches, type Examples, toTensors } from '@feedalign/datasets';
import { type LossFunction, type LossName, lossesFor, evaluate as objectiveOf } from '@feedalign/losses';
import { correctPredictions } from '@feedalign/metrics';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import { breather } from './breathe.js';

export interface EvaluateOptions {
  /** Default 'categoricalCrossentropy'. */
  readonly loss?: LossName | LossFunction;
  /** Default 500. */
  readonly batchSize?: number;
}

/**
 * Loss and accuracy over examples, as a mean; nothing learns, dropout drops nothing.
 *
 * @example
 * ```ts
 * const { loss, accuracy } = await evaluate(network, mnist.test);
 * ```
 */
export async function evaluate(
  network: Network,
  examples: Examples,
  { loss = 'categoricalCrossentropy', batchSize = 500 }: EvaluateOptions = {},
): Promise<{ loss: number; accuracy: number }> {
  const losses = lossesFor(network, loss);
  const breathe = breather();
  let total = 0;
  let correct = 0;
  for (const batch of batches(examples, { batchSize })) {
    await breathe();
    const [batchLoss, predictions] = tidy(() => {
      const { inputs, targets } = toTensors(batch);
      const objective = objectiveOf(forward(network, [inputs]), { losses, targets: [targets] });
      return [objective.loss, objective.predictions[0]];
    });
    total += (await batchLoss.data())[0] * batch.count;
    correct += correctPredictions(await predictions.data(), batch.labels);
    dispose([batchLoss, predictions]);
  }
  return { loss: total / examples.count, accuracy: correct / examples.count };
}
