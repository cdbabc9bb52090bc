import { cast, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { FeedalignError, inLayer } from './errors.js';
import type { Network, Node } from './network.js';
import type { Recorded } from './operation.js';
import type { Rng } from './rng.js';

/** What a forward pass left behind, by node: shared by the rule, by metrics and by other rules. */
export interface ForwardRecord {
  readonly network: Network;
  readonly records: readonly Recorded[];
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
  const { training = false, rng, settles = 'at once' } = options;
  if (inputs.length !== network.inputs.length) {
    throw new FeedalignError(
      'shape-mismatch',
      `The network has ${network.inputs.length} inputs, but ${inputs.length} tensors were given.`,
      'Give one tensor for each input.',
    );
  }
  const records: Recorded[] = new Array(network.nodes.length);
  network.inputs.forEach((node, i) => {
    records[node.id] = { inputs: [], output: fitted(inputs[i], node) };
  });
  for (const node of network.nodes) {
    if (records[node.id]) continue;
    const noise = () => {
      if (rng) return rng.stream(node.id);
      throw new FeedalignError(
        'invalid-option',
        `The layer '${node.name}' draws random numbers.`,
        'Pass an rng.',
      );
    };
    const given = node.inputs.map((input) => records[input.id].output);
    const record = inLayer(node, () => node.operation.forward(given, { training, rng: noise }));
    if (settles === 'at once') record.settle?.();
    records[node.id] = record;
  }
  return { network, records };
}

/**
 * The input in the type and the shape of the node that takes it: [N, 784] serves a network that expects [N, 28, 28, 1],
 * and back.
 */
function fitted(given: Tensor, node: Node): Tensor {
  const { dtype = 'float32' } = node;
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
