import { add, type Tensor } from '@tensorflow/tfjs-core';
import { FeedalignError, inLayer } from './errors.js';
import type { Node } from './network.js';
import type { Operation, Recorded } from './operation.js';

/** The sum of those that are there; null where none is. */
export function sumOf(terms: readonly (Tensor | null)[]): Tensor | null {
  const present = terms.filter((term) => term !== null);
  // Pairwise: an engine records a sum of two.
  return present.length === 0 ? null : present.reduce((total, term) => add(total, term));
}

type Tangent = 'tangent' | 'parameterTangent';

/**
 * What carries changes up through a node.
 *
 * @throws FeedalignError `unsupported-layer` where its layer has no such thing
 */
export function tangentOf<K extends Tangent>({ operation, name, className }: Node, which: K) {
  const found: Operation[K] = operation[which];
  if (found) return found.bind(operation) as NonNullable<Operation[K]>;
  throw new FeedalignError(
    'unsupported-layer',
    `Changes cannot be carried up through the layer '${name}' (${className}): its adapter has no ${which}.`,
    'Give the layer an adapter that has one, or use a rule that sends signals down.',
  );
}

/** The change of a that those of the inputs make; null where none of them changes. */
export const changeOf = (node: Node, record: Recorded, changes: readonly (Tensor | null)[]): Tensor | null =>
  inLayer(node, () =>
    sumOf(changes.map((change, i) => change && tangentOf(node, 'tangent')(record, change, i))),
  );

/** The change of y that one of a makes: the activation's own derivative, and not that transposed. */
export const throughActivation = ({ operation }: Node, record: Recorded, change: Tensor): Tensor =>
  operation.activationTangent?.(record, change) ?? operation.delta?.(record, change) ?? change;
