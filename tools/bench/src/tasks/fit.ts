import { train } from '@tensorflow/tfjs-core';
import { batchOf, learningRate, modelOf } from '../batch.js';
import type { Cases } from '../tasks.js';
import type { Workload } from '../workload.js';

/** Stock training: one epoch of `model.fit` over so many batches. */
export async function fit({ workload, steps }: { workload: Workload; steps: number }): Promise<Cases> {
  const model = await modelOf(workload);
  model.compile({ optimizer: train.sgd(learningRate), loss: 'categoricalCrossentropy' });
  const { batch } = workload;
  const { x, y } = batchOf(workload, batch * steps);
  return { fit: { repeat: () => model.fit(x, y, { batchSize: batch, epochs: 1, verbose: 0 }) } };
}
