import { activationName, exampleProducts } from '@feedalign/backend';
import { FeedalignError, type ForwardRecord, type Network, type Objective, sumOf } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { derivedLoss, type Loss, type LossFunction, type LossName, losses } from './losses.js';

/** How a batch's losses become one: 'mean' over the examples, as tfjs does, or 'sum', as many papers do. */
export type Reduction = 'mean' | 'sum';

/**
 * The loss of this name for a network's output: in closed form where the output's activation is the one that
 * belongs to it.
 *
 * @param loss a name from `losses`, or a function of targets and predictions
 * @param stock the same loss as a function, for an activation that the closed form does not fit
 * @throws FeedalignError `unknown-name` when there is neither a closed form nor a function
 */
export function lossFor(
  loss: LossName | LossFunction | string,
  activation: string,
  stock?: LossFunction,
): Loss {
  if (typeof loss === 'function') return derivedLoss(loss, activationName(activation));
  const closed: Loss | undefined = Object.hasOwn(losses, loss) ? losses[loss as LossName] : undefined;
  if (closed?.activation === activation) return closed;
  if (stock) return derivedLoss(stock, activationName(activation));
  if (!closed) {
    const names = Object.keys(losses).join(', ');
    throw new FeedalignError(
      'unknown-name',
      `There is no loss '${loss}'.`,
      `Use one of ${names}, or a function.`,
    );
  }
  throw new FeedalignError(
    'invalid-option',
    `The loss '${loss}' belongs to the output activation '${closed.activation}', but the model has '${activation}'.`,
    `Change the model's last activation, or give the loss as a function.`,
  );
}

export interface ObjectiveOptions {
  /** One for each output. */
  readonly losses: readonly Loss[];
  readonly targets: readonly tf.Tensor[];
  /** Default 'mean'. */
  readonly reduction?: Reduction;
  /**
   * A factor for each example, [N], one tensor for each output that has any. A loss that is one number for the whole batch
   * is multiplied by their mean, as in tfjs.
   */
  readonly sampleWeights?: readonly (tf.Tensor | undefined)[];
}

/**
 * The loss of a forward pass, summed over the outputs, and the error at each output's logits.
 * Under 'mean' both are divided by the number of losses; under 'sum' they are not, which makes the error a
 * batch's size times larger. Call it in a `tidy`.
 */
export const evaluate = ({ network, records }: ForwardRecord, options: ObjectiveOptions): Objective =>
  objectiveOf(
    network,
    network.outputs.map(({ node }) => records[node.id].output),
    options,
  );

/**
 * What is known of the objective before the forward pass is over, for blocks that learn early: its targets, its weights and
 * what it says of other logits. It has no errors, and its loss is not asked for.
 *
 * @param count examples
 */
export const objectiveAhead = (network: Network, count: number, options: ObjectiveOptions): Objective => ({
  ...known(network, count, options),
  get loss(): never {
    throw new Error('The loss of a forward pass is not known before its end.');
  },
  losses: [],
  errors: [],
  predictions: [],
});

/** What of an objective depends on no logits. */
const known = (
  network: Pick<Network, 'outputs'>,
  count: number,
  options: ObjectiveOptions,
): Pick<Objective, 'targets' | 'weights' | 'share' | 'of'> => ({
  targets: options.targets,
  weights: meanOfWeights(options.sampleWeights, network.outputs.length),
  share: (options.reduction ?? 'mean') === 'mean' ? 1 / (count || 1) : 1,
  of: (logits) => objectiveOf(network, logits, options),
});

function objectiveOf(
  network: Pick<Network, 'outputs'>,
  allLogits: readonly tf.Tensor[],
  options: ObjectiveOptions,
): Objective {
  const { targets, reduction = 'mean', sampleWeights = [] } = options;
  const evaluated = network.outputs.map((output, i) => {
    const logits = allLogits[i];
    // A loss for each example, or for each place of it, that the last axis belongs to: as every closed form has it.
    const count = logits.size / (logits.shape.at(-1) ?? 1);
    const scale = reduction === 'mean' ? 1 / count : 1;
    checkTargets(options.losses[i], targets[i], logits, output.node.name);
    const { predictions, losses, error } = options.losses[i].evaluate(logits, targets[i], scale);
    const weights = sampleWeights[i] && weightsFor(sampleWeights[i], losses);
    const weighted = weights ? tf.mul(losses, spread(weights, losses)) : losses;
    const errors = weights ? tf.mul(error, spread(weights, error)) : error;
    const isMean = reduction === 'mean';
    return {
      predictions,
      loss: isMean ? tf.mean(weighted) : tf.sum(weighted),
      error: isMean && losses.size !== count ? tf.mul(errors, count / losses.size) : errors,
    };
  });
  const errors = evaluated.map(({ error }) => error);
  return {
    losses: evaluated.map((each) => each.loss),
    loss: evaluated.length === 1 ? evaluated[0].loss : tf.addN(evaluated.map((each) => each.loss)),
    errors,
    predictions: evaluated.map((each) => each.predictions),
    ...known(network, errors[0].shape[0], options),
    along: (changes) =>
      sumOf(changes.map((change, i) => change && exampleProducts({ a: errors[i], b: change }, {}))) ??
      tf.zeros([errors[0].shape[0]]),
  };
}

/** How much each example counts, over the outputs; undefined where all count as one. */
function meanOfWeights(given: ObjectiveOptions['sampleWeights'], outputs: number): tf.Tensor | undefined {
  const present = (given ?? []).filter((weights) => weights !== undefined);
  const total = sumOf(present);
  if (!total) return undefined;
  const all = present.length < outputs ? tf.add(total, outputs - present.length) : total;
  return outputs === 1 ? all : tf.div(all, outputs);
}

/** @throws FeedalignError `shape-mismatch` for targets that are not those of this output */
function checkTargets({ targets: like }: Loss, targets: tf.Tensor, logits: tf.Tensor, name: string): void {
  const shape = like === 'classes' ? logits.shape.slice(0, -1) : logits.shape;
  const isRight =
    like === undefined ||
    (like === 'classes'
      ? targets.size === logits.size / (logits.shape.at(-1) ?? 1)
      : tf.util.arraysEqual(targets.shape, shape));
  if (isRight) return;
  throw new FeedalignError(
    'shape-mismatch',
    `The targets of the output '${name}' have the shape [${targets.shape}], but its predictions have [${logits.shape}].`,
    like === 'classes'
      ? 'Give a class number for each prediction.'
      : 'Give a target for each number that is predicted.',
  );
}

/** The weights of the examples that there are losses of: their mean where one loss is that of all. */
function weightsFor(weights: tf.Tensor, losses: tf.Tensor): tf.Tensor {
  if (losses.rank > 0 && losses.shape[0] === weights.size) return weights;
  if (losses.size === 1) return tf.mean(weights);
  throw new FeedalignError(
    'shape-mismatch',
    `There are ${weights.size} weights of examples, but the losses have the shape [${losses.shape}].`,
    'Give a loss function that returns one loss for each example, or one for all.',
  );
}

/** [N] as [N, 1, …, 1], to broadcast against a tensor of examples; one number as it is. */
const spread = (weights: tf.Tensor, like: tf.Tensor) =>
  weights.rank === 0 ? weights : tf.reshape(weights, [-1, ...new Array(like.rank - 1).fill(1)]);

/** The loss of each output of a network, by one name for all or one for each. */
export function lossesFor(network: Network, loss: LossName | LossFunction): Loss[] {
  return network.outputs.map((output) => lossFor(loss, output.activation));
}
