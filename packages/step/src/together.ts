import { whenFinite } from '@feedalign/backend';
import {
  createPass,
  forward,
  forwardAlong,
  type Objective,
  type Pass,
  type TensorTree,
  takeStep,
} from '@feedalign/core';
import { evaluate } from '@feedalign/losses';
import { advanced } from './advanced.js';
import { type Given, type Learning, objectiveOptions } from './learning.js';

/** A step in which everything learns when the forward pass is over. */
export function together<S extends TensorTree, M>(
  learning: Learning<S, M>,
  given: Given,
  observers: readonly ((pass: Pass<S>) => void)[] = [],
): Objective {
  const { network, rule, rng, optimizer, memory, learns } = learning;
  const options = { training: true, rng, settles: 'later' } as const;
  const context = learning.context();
  // Who looks may look at everything.
  const directions =
    observers.length === 0
      ? rule.ahead?.({
          network,
          state: learning.state,
          get rng() {
            return context.rng as NonNullable<typeof context.rng>;
          },
        })
      : undefined;
  const { record, changes } = directions
    ? forwardAlong(network, given.inputs, directions, options)
    : { record: forward(network, given.inputs, options), changes: undefined };
  const objective = evaluate(record, objectiveOptions(learning, given));
  const pass = createPass(record, objective, rule, learning.state, learning.context(changes));
  for (const see of observers) see(pass);
  whenFinite(objective.loss, () => {
    for (const { settle } of record.records) settle?.();
    takeStep(optimizer, pass.gradients(learns), memory);
    if (rule.learn) learning.state = advanced(learning.state, rule.learn(pass));
  });
  return objective;
}
