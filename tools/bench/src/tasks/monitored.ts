import { convert } from '@feedalign/layers';
import { alignmentMonitor } from '@feedalign/metrics';
import { directFeedbackAlignment } from '@feedalign/rules';
import { train } from '@tensorflow/tfjs-core';
import { batchOf, learningRate, modelOf } from '../batch.js';
import type { Cases } from '../tasks.js';
import type { Workload } from '../workload.js';

/** One epoch of `model.fit` over so many batches, of a model that `convert` changed: with the alignment monitor, and without. */
export async function monitored({ workload, steps }: { workload: Workload; steps: number }): Promise<Cases> {
  const model = await modelOf(workload);
  model.compile({ optimizer: train.sgd(learningRate), loss: 'categoricalCrossentropy' });
  const callbacks = alignmentMonitor(convert(model, directFeedbackAlignment()));
  const { batch: batchSize } = workload;
  const { x, y } = batchOf(workload, batchSize * steps);
  const options = { batchSize, epochs: 1, verbose: 0 } as const;
  return {
    without: { repeat: () => model.fit(x, y, options) },
    with: { repeat: () => model.fit(x, y, { ...options, callbacks }) },
  };
}
