import { convert } from '@feedalign/layers';
import { directFeedbackAlignment } from '@feedalign/rules';
import { train } from '@tensorflow/tfjs-core';
import { batchOf, learningRate, modelOf } from '../batch.js';
import type { Cases } from '../tasks.js';
import type { Workload } from '../workload.js';

/** The public `convert`: tfjs' own `trainOnBatch` of a model that learns by direct feedback alignment. */
export async function converted({ workload }: { workload: Workload }): Promise<Cases> {
  const model = await modelOf(workload);
  model.compile({ optimizer: train.sgd(learningRate), loss: 'categoricalCrossentropy' });
  convert(model, directFeedbackAlignment());
  const { x, y } = batchOf(workload, workload.batch);
  return { step: { repeat: () => model.trainOnBatch(x, y) } };
}
