import { whenFinite } from '@feedalign/backend';
import {
  createPass,
  FeedalignError,
  type ForwardRecord,
  forwardInStages,
  type Network,
  type Objective,
  type Optimizer,
  type PlannedStage,
  planStages,
  type Stage,
  type TensorTree,
  takeStep,
} from '@feedalign/core';
import { evaluate, objectiveAhead } from '@feedalign/losses';
import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { type Given, type Learning, objectiveOptions } from './learning.js';

/** What of an objective is told of a step. */
type Told = Pick<Objective, 'loss' | 'losses' | 'predictions'>;

/** @throws FeedalignError `invalid-option` for an optimizer that needs all gradients at once */
export function inStages<S extends TensorTree>(
  network: Network,
  stages: readonly Stage<S>[],
  { name, inParts }: Optimizer,
): <M>(learning: Learning<S, M>, given: Given) => Told {
  if (!inParts) {
    throw new FeedalignError(
      'invalid-option',
      `Layers are to learn one after the other, but the optimizer '${name}' takes the gradients of all of them at once.`,
      'Take sgd, momentum or Adam, without clipping by a common norm, or let all blocks learn together.',
    );
  }
  const planned = planStages(network, stages);
  return (learning, given) => taken(learning, planned, given);
}

/** A step in which units learn as soon as their own loss is known. */
function taken<S extends TensorTree, M>(
  learning: Learning<S, M>,
  planned: readonly PlannedStage<Stage<S>>[],
  given: Given,
): Told {
  const { network, rule, rng, optimizer, memory, learns, state } = learning;
  const options = objectiveOptions(learning, given);
  const pass = forwardInStages(network, given.inputs, { training: true, rng });
  /** Of all stages so far: what follows one that is not finite does not learn either. */
  let total: Tensor | undefined;
  const learn = (
    record: ForwardRecord,
    objective: Objective,
    { stage, units, nodes }: (typeof planned)[0],
  ) => {
    const own = createPass(record, objective, rule, state, learning.context());
    const loss = stage ? stage.loss(own) : objective.loss;
    const bound = total ? add(total, loss) : loss;
    whenFinite(bound, () => {
      for (const { id } of nodes) record.records[id].settle?.();
      takeStep(optimizer, own.gradients(learns, { units }), memory);
    });
    return bound;
  };
  const ahead = objectiveAhead(network, given.inputs[0].shape[0] as number, options);
  for (const each of planned.slice(0, -1)) {
    total = pass.through(each.nodes, (record) => learn(record, ahead, each));
  }
  const rest = planned[planned.length - 1];
  return pass.through(rest.nodes, (record) => {
    const objective = evaluate(record, options);
    const { losses, predictions } = objective;
    // Where a block's loss is not finite, it is told, whatever the network makes of what the block says.
    const loss = add(objective.loss, mul(learn(record, objective, rest), 0));
    return { loss, losses: [...losses], predictions: [...predictions] };
  });
}
