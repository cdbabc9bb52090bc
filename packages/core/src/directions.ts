import type { Tensor } from '@tensorflow/tfjs-core';
import { FeedalignError, inLayer } from './errors.js';
import { fitted } from './forward.js';
import { type Network, type Node, parametersOf } from './network.js';
import type { Parameter, Recorded } from './operation.js';
import { changeOf, sumOf, tangentOf, throughActivation } from './tangent.js';

/** Along what to differentiate; what is left out stands still. */
export interface Directions {
  /** A change of each input of the network, of the input's shape; null for one that stands still. */
  readonly inputs?: readonly (Tensor | null)[];
  /**
   * Changes of parameters, each of the parameter's shape; or a function that makes one when it is asked for, which is then
   * freed as soon as its layer has passed.
   */
  readonly weights?: ReadonlyMap<Parameter, Tensor> | ChangeOf;
  /** Changes of nodes' pre-activations a, [N, …out]: what FG-A perturbs. */
  readonly preActivations?: ReadonlyMap<Node, Tensor>;
  /** Changes of nodes' outputs y, [N, …out]. */
  readonly activations?: ReadonlyMap<Node, Tensor>;
}

/** The change of a parameter; null for one that stands still. */
export type ChangeOf = (parameter: Parameter) => Tensor | null;

/**
 * The change of a node's output that those of its inputs and of itself make; null where nothing changes it.
 *
 * @throws FeedalignError `unsupported-layer` for a layer that has no tangent, `shape-mismatch` for a change of another shape
 */
export function tangentAt(
  node: Node,
  record: Recorded,
  inputs: readonly (Tensor | null)[],
  { weights, preActivations, activations }: Directions,
): Tensor | null {
  const noted = (changes: ReadonlyMap<Node, Tensor> | undefined) => {
    const change = changes?.get(node) ?? null;
    if (change) checkShape(change, record.output.shape, `the layer '${node.name}'`);
    return change;
  };
  return inLayer(node, () => {
    const byParameters = node.operation.parameters.map((parameter) => changeOfWeight(parameter, weights));
    const atPreActivation = sumOf([
      changeOf(node, record, inputs),
      byParameters.some((change) => change)
        ? tangentOf(node, 'parameterTangent')(record, byParameters)
        : null,
      noted(preActivations),
    ]);
    const atOutput = atPreActivation && throughActivation(node, record, atPreActivation);
    return sumOf([atOutput, noted(activations)]);
  });
}

function changeOfWeight(parameter: Parameter, weights: Directions['weights']): Tensor | null {
  if (typeof weights !== 'function') return weights?.get(parameter) ?? null;
  const change = weights(parameter);
  if (change) checkShape(change, parameter.variable.shape, `the parameter '${parameter.name}'`);
  return change;
}

/** Those of parameters that are there already. */
const given = (weights: Directions['weights']) => (typeof weights === 'function' ? undefined : weights);

/** Every tensor of the directions. */
export const tensorsIn = ({ inputs = [], weights, preActivations, activations }: Directions): Tensor[] => [
  ...inputs.filter((change) => change !== null),
  ...[given(weights), preActivations, activations].flatMap((changes) => [...(changes?.values() ?? [])]),
];

/** The change of an input of the network, in its shape; null where it stands still. */
export function changeOfInput(node: Node, value: Tensor, change: Tensor | null): Tensor | null {
  if (!change) return null;
  if (value.dtype === 'float32') {
    const whose = `the input '${node.name}'`;
    checkThere(change, whose);
    const moved = fitted(change, node);
    checkShape(moved, value.shape, whose);
    return moved;
  }
  throw new FeedalignError(
    'invalid-option',
    `The input '${node.name}' takes numbers of type ${value.dtype}, which have no direction to move in.`,
    'Leave its change out, or give a change of the layer behind it.',
  );
}

export function checkOwners(
  network: Network,
  { inputs, weights, preActivations, activations }: Directions,
): void {
  if (inputs && inputs.length > network.inputs.length) {
    refuse(`The network has ${network.inputs.length} inputs, but changes of ${inputs.length} were given.`);
  }
  const parameters = new Set(parametersOf(network));
  for (const [parameter, change] of given(weights) ?? []) {
    const { name, variable } = parameter;
    if (!parameters.has(parameter)) refuse(`The network has no parameter '${name}' of this layer.`);
    checkShape(change, variable.shape, `the parameter '${name}'`);
  }
  const nodes = new Set(network.nodes);
  for (const node of [...(preActivations?.keys() ?? []), ...(activations?.keys() ?? [])]) {
    if (!nodes.has(node)) refuse(`The layer '${node.name}' is none of this network.`);
    if (network.inputs.includes(node)) {
      refuse(`'${node.name}' is an input: its change is one of \`inputs\`, and not of activations.`);
    }
  }
}

function refuse(problem: string): never {
  throw new FeedalignError(
    'invalid-option',
    problem,
    'Give changes of inputs, parameters and nodes of the network that is computed, and keep them until then.',
  );
}

function checkThere(change: Tensor, whose: string): void {
  if (change.isDisposed) refuse(`The change of ${whose} is disposed of.`);
}

function checkShape(change: Tensor, shape: readonly number[], whose: string): void {
  checkThere(change, whose);
  if (change.shape.length === shape.length && change.shape.every((size, i) => size === shape[i])) return;
  throw new FeedalignError(
    'shape-mismatch',
    `The change of ${whose} has the shape [${change.shape}], but that has [${shape}].`,
    'Give a change of its shape.',
  );
}
