import { FeedalignError, type Network, type Node } from '@feedalign/core';

/**
 * The one input of a network, of numbers that can be others.
 *
 * @param does what the rule does to it, as 'adds the error to the input'
 * @throws FeedalignError `unsupported-model` for a network with several inputs, or one that takes whole numbers
 */
export function oneInput({ inputs, nodes }: Network, rule: string, does: string): Node {
  const [input] = inputs;
  const byIndices = nodes.find(({ operation }) => operation.takesIndices);
  const isWhole = byIndices || (input.dtype ?? 'float32') !== 'float32';
  if (inputs.length === 1 && !isWhole) return input;
  const taker = byIndices ?? input;
  throw new FeedalignError(
    'unsupported-model',
    `The rule '${rule}' ${does}, but ${inputs.length > 1 ? `the network has ${inputs.length} inputs` : `'${taker.name}' takes whole numbers`}.`,
    'Train such a network by another rule, such as dfa.',
  );
}

/** How many numbers one example has there. */
export const sizeOf = ({ outputShape }: Pick<Node, 'outputShape'>): number =>
  outputShape.reduce((count, size) => count * size, 1);
