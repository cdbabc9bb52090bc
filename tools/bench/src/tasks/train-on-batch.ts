import { train } from '@tensorflow/tfjs-core';
import { batchOf, learningRate, modelOf } from '../batch.js';
import type { Cases } from '../tasks.js';
import type { Workload } from '../workload.js';

/** Stock training: `model.trainOnBatch` with SGD and cross-entropy. */
export async function trainOnBatch({ workload }: { workload: Workload }): Promise<Cases> {
  const model = await modelOf(workload);
  model.compile({ optimizer: train.sgd(learningRate), loss: 'categoricalCrossentropy' });
  const { x, y } = batchOf(workload, workload.batch);
  return { step: { repeat: () => model.trainOnBatch(x, y) } };
}
