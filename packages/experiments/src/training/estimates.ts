import {
  createPass,
  createRng,
  type FeedbackRule,
  forward,
  heldTree,
  hiddenUnits,
  type Network,
  type Parameter,
  parametersIn,
  parametersOf,
} from '@feedalign/core';
import { evaluate, lossesFor } from '@feedalign/losses';
import type { AnyRule } from '@feedalign/rules';
import { concat, oneHot, reshape, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';

/** Examples and their classes. */
export interface Sample {
  readonly inputs: readonly number[];
  readonly labels: readonly number[];
}

/** Which parameters: all, those of hidden units, or the kernel of the first layer. */
type Chosen = 'all' | 'hidden' | 'first kernel';

const choose: Readonly<Record<Chosen, (network: Network) => readonly Parameter[]>> = {
  all: parametersOf,
  hidden: (network) => hiddenUnits(network).flatMap(parametersIn),
  'first kernel': (network) => parametersOf(network).slice(0, 1),
};

/**
 * What a rule has for the chosen parameters, one after the other, by step: steps differ in nothing but the rule's random numbers, and
 * in what they are given.
 */
export function gradientsBy(network: Network, rule: AnyRule, seed: number, chosen: Chosen) {
  const state = heldTree(() => rule.init(network, createRng(seed)));
  const losses = lossesFor(network, 'categoricalCrossentropy');
  const [{ outputShape }] = network.inputs;
  const own = new Set(choose[chosen](network));
  return ({ inputs, labels }: Sample, step: number): Float32Array =>
    tidy(() => {
      const x: Tensor = tensor([...inputs], [labels.length, ...outputShape]);
      const record = forward(network, [x], { training: true, settles: 'later' });
      const objective = evaluate(record, { losses, targets: [oneHot([...labels], network.errorSize)] });
      const rng = createRng(seed).stream('steps').stream(step);
      const pass = createPass(record, objective, rule as FeedbackRule, state as never, { rng });
      const updates = pass.gradients().filter(({ parameter }) => own.has(parameter));
      const each = updates.map(({ gradient }) => gradient.compute());
      return concat(each.map((gradient) => reshape(gradient, [gradient.size]))).dataSync() as Float32Array;
    });
}
