import { cast, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { FeedalignError, inLayer } from './errors.js';
import type { Network, Node } from './network.js';
import type { Recorded } from './operation.js';
import type { Rng } from './rng.js';

/** What a forward pass left behind, by node: shared by the rule, by metrics and by other rules. */
export interface ForwardRecord {
  readonly network: Network;
  readonly records: readonly Recorded[];
  /** The same pass over other inputs: with the same random numbers, and with nothing that it settles. */
  again(inputs: readonly Tensor[]): ForwardRecord;
}

export interface ForwardOptions {
  /** Default false. */
  readonly training?: boolean;
  /** Random numbers of this step; each node draws from the stream of its id. */
  readonly rng?: Rng;
  /** When layers change what they have beside parameters, such as moving averages: default at once; else by `settle`. */
  readonly settles?: 'at once' | 'later';
}

/**
 * Computes every node once, in topological order. Call it in a `tidy`, or dispose what it returns.
 *
 * @param inputs one tensor [N, …] for each input of the network
 * @throws FeedalignError `shape-mismatch` when the number of inputs or a shape is not the network's
 */
export function forward(
  network: Network,
  inputs: readonly Tensor[],
  options: ForwardOptions = {},
): ForwardRecord {
  const { settles = 'at once' } = options;
  const records: Recorded[] = new Array(network.nodes.length);
  fittedInputs(network, inputs).forEach((output, i) => {
    records[network.inputs[i].id] = { inputs: [], output };
  });
  for (const node of network.nodes) {
    if (records[node.id]) continue;
    const given = node.inputs.map((input) => records[input.id].output);
    const record = computed(node, given, options);
    if (settles === 'at once') record.settle?.();
    records[node.id] = record;
  }
  return { network, records, again: (others) => forward(network, others, { ...options, settles: 'later' }) };
}

/** One node's call. */
export function computed(
  node: Node,
  given: readonly Tensor[],
  { training = false, rng }: Pick<ForwardOptions, 'training' | 'rng'>,
): Recorded {
  const noise = () => {
    if (rng) return rng.stream(node.id);
    throw new FeedalignError(
      'invalid-option',
      `The layer '${node.name}' draws random numbers.`,
      'Pass an rng.',
    );
  };
  return inLayer(node, () => node.operation.forward(given, { training, rng: noise }));
}

/** Of a pass that is not whole. */
export function refuseAnotherPass(): never {
  throw new FeedalignError(
    'unsupported-model',
    'A part of a network cannot be computed over other inputs by itself.',
    'Give a rule that takes one forward pass.',
  );
}

/** @throws FeedalignError `shape-mismatch` when the number of inputs or a shape is not the network's */
export function fittedInputs({ inputs: nodes }: Network, given: readonly Tensor[]): Tensor[] {
  if (given.length === nodes.length) return nodes.map((node, i) => fitted(given[i], node));
  throw new FeedalignError(
    'shape-mismatch',
    `The network has ${nodes.length} inputs, but ${given.length} tensors were given.`,
    'Give one tensor for each input.',
  );
}

/**
 * The input in the type and the shape of the node that takes it: [N, 784] serves a network that expects [N, 28, 28, 1],
 * and back.
 */
export function fitted(given: Tensor, node: Node): Tensor {
  const { dtype = 'float32' } = node;
  if (given.isDisposed) {
    throw new FeedalignError(
      'invalid-option',
      `What was given for the input '${node.name}' is disposed of.`,
      'Keep it until the network is computed.',
    );
  }
  const input = given.dtype === dtype ? given : cast(given, dtype);
  const shape = [input.shape[0], ...node.outputShape];
  if (input.rank === shape.length && shape.every((size, axis) => size === input.shape[axis])) return input;
  if (input.size === shape.reduce((size, dimension) => size * dimension, 1)) return reshape(input, shape);
  throw new FeedalignError(
    'shape-mismatch',
    `The input '${node.name}' has the shape [${shape}], but a tensor of shape [${input.shape}] was given.`,
    'Reshape the data, or build the model for it.',
  );
}
