import { createPass, createRng, type FeedbackRule, forward, heldTree, type Network } from '@feedalign/core';
import { evaluate, lossesFor } from '@feedalign/losses';
import type { AnyRule } from '@feedalign/rules';
import { oneHot, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';

/** Examples and their classes. */
export interface Sample {
  readonly inputs: readonly number[];
  readonly labels: readonly number[];
}

/**
 * What a rule has for the kernel of the first layer, by step: steps differ in nothing but the rule's random numbers, and in what
 * they are given.
 */
export function firstGradients(network: Network, rule: AnyRule, seed: number) {
  const state = heldTree(() => rule.init(network, createRng(seed)));
  const losses = lossesFor(network, 'categoricalCrossentropy');
  const [{ outputShape }] = network.inputs;
  const classes = network.errorSize;
  return ({ inputs, labels }: Sample, step: number): Float32Array =>
    tidy(() => {
      const x: Tensor = tensor([...inputs], [labels.length, ...outputShape]);
      const record = forward(network, [x], { training: true, settles: 'later' });
      const objective = evaluate(record, { losses, targets: [oneHot([...labels], classes)] });
      const rng = createRng(seed).stream('steps').stream(step);
      const pass = createPass(record, objective, rule as FeedbackRule, state as never, { rng });
      return pass.gradients()[0].gradient.compute().dataSync() as Float32Array;
    });
}
