import { convert } from '@feedalign/layers';
import { directFeedbackAlignment } from '@feedalign/rules';
import { train } from '@tensorflow/tfjs-core';
import { batchOf, learningRate, modelOf } from '../batch.js';
import type { Cases } from '../tasks.js';
import type { Workload } from '../workload.js';

/** `trainOnBatch` of converted models: by plain SGD, by Adam, and by SGD with a dropout, in one process. */
export async function ways({ workload, dropout }: { workload: Workload; dropout: Workload }): Promise<Cases> {
  const { x, y } = batchOf(workload, workload.batch);
  const repeated = async (of: Workload, optimizer: ReturnType<typeof train.sgd | typeof train.adam>) => {
    const model = await modelOf(of);
    model.compile({ optimizer, loss: 'categoricalCrossentropy' });
    convert(model, directFeedbackAlignment());
    return { repeat: () => model.trainOnBatch(x, y) };
  };
  return {
    sgd: await repeated(workload, train.sgd(learningRate)),
    adam: await repeated(workload, train.adam(learningRate)),
    dropout: await repeated(dropout, train.sgd(learningRate)),
  };
}
