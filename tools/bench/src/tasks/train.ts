import type { Examples } from '@feedalign/datasets';
import { trace } from '@feedalign/layers';
import { sgd } from '@feedalign/optim';
import { directFeedbackAlignment } from '@feedalign/rules';
import { train } from '@feedalign/train';
import { learningRate, modelOf } from '../batch.js';
import type { Cases } from '../tasks.js';
import type { Workload } from '../workload.js';

/**
 * The public `train` by direct feedback alignment, over examples in memory, bytes as those of the digits are. A sample is the time from its first event
 * to its last, by step: gathering the batches and reading each loss are in it.
 */
export async function trained({
  workload,
  steps,
  epochs,
}: {
  workload: Workload;
  steps: number;
  epochs: number;
}): Promise<Cases> {
  const network = trace(await modelOf(workload));
  const { batch, inputShape, classes } = workload;
  const count = batch * steps;

  const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7) % classes);
  const inputs = Uint8Array.from(
    { length: count * inputShape.reduce((size, dimension) => size * dimension, 1) },
    (_, i) => (i * 31) % 256,
  );
  const examples: Examples = { count, inputShape, classes, inputs, labels, scale: [1 / 255], offset: [0] };
  const options = { epochs, batchSize: batch, reportEvery: steps, optimizer: sgd({ learningRate }) };

  const read = async () => {
    let begin = 0;
    for await (const { type } of train(network, directFeedbackAlignment(), { train: examples }, options)) {
      if (type === 'start') begin = performance.now();
    }
    return (performance.now() - begin) / (steps * epochs);
  };
  await read();
  return { step: { read } };
}
