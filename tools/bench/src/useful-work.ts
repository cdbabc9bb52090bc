import { hiddenUnits, type Network, type Node } from '@feedalign/core';

export type RuleName = 'dfa' | 'bp';

const product = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/**
 * The useful work of one training step: multiplications and additions of its matrix products and convolutions, and
 * nothing else.
 *
 * A layer with kernel K, whose output has P positions (1 for a dense layer, height·width for a convolution), takes
 * for a batch of N
 *
 *     forward          2·N·P·|K|      each number of the kernel meets each position once
 *     by the weights   2·N·P·|K|
 *     by the input     2·N·P·|K|      none where nothing below learns, as in the first layer
 *
 * BP is the sum of the three over the layers. DFA is the sum of the first two, and for each hidden unit with S outputs
 * the projection e·B of the error's C numbers: 2·N·C·S.
 */
export function usefulWork(network: Network, batch: number): Readonly<Record<RuleName, number>> {
  const each = network.nodes.flatMap((node) => {
    const { kernel } = node.operation;
    if (!kernel) return [];
    const positions = product(node.outputShape.slice(0, -1));
    return [{ pass: 2 * batch * positions * kernel.variable.size, hasBelow: node.inputs.some(learnsAt) }];
  });
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const forwardAndWeights = sum(each.map(({ pass }) => 2 * pass));
  const byInput = sum(each.map(({ pass, hasBelow }) => (hasBelow ? pass : 0)));
  const projections = sum(hiddenUnits(network).map(({ size }) => 2 * batch * network.errorSize * size));
  return { dfa: forwardAndWeights + projections, bp: forwardAndWeights + byInput };
}

/** Whether a signal that arrives at this node would teach anything. */
const learnsAt = (node: Node): boolean => node.operation.parameters.length > 0 || node.inputs.some(learnsAt);
