import { createRng, type FeedbackRule, type Network, parametersOf } from '@feedalign/core';
import { lossesFor } from '@feedalign/losses';
import { sgd } from '@feedalign/optim';
import type { AnyRule } from '@feedalign/rules';
import { startSteps } from '@feedalign/step';
import { dispose, memory, oneHot, profile, type Tensor, zeros } from '@tensorflow/tfjs-core';

/** MiB of tensors that a computed step by plain SGD has at one time, beside the weights, the batch and the rule's state. */
export async function workingMemory(
  network: Network,
  rule: AnyRule,
  { batch, seed }: { readonly batch: number; readonly seed: number },
): Promise<number> {
  const steps = startSteps(network, { ...rule, pure: false } as FeedbackRule, { rng: createRng(seed) });
  const optimizer = sgd({ learningRate: 1e-3 });
  const held = optimizer.init([...parametersOf(network), ...steps.feedback]);
  const stepper = steps.under({
    losses: lossesFor(network, 'categoricalCrossentropy'),
    optimizer,
    memory: held,
  });
  const inputs: Tensor[] = [zeros([batch, ...network.inputs[0].outputShape])];
  const targets: Tensor[] = [oneHot(new Array(batch).fill(0), network.errorSize, 1, 0, 'float32')];
  const take = () => {
    const { loss, losses } = stepper.take({ inputs, targets }, { predictions: false });
    dispose([loss, ...losses]);
  };
  take();
  const before = memory().numBytes;
  const { peakBytes } = await profile(take);
  dispose([inputs, targets]);
  stepper.dispose();
  steps.dispose();
  optimizer.dispose(held);
  return (peakBytes - before) / 2 ** 20;
}
