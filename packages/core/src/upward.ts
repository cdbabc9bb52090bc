import type { Tensor } from '@tensorflow/tfjs-core';
import type { ForwardRecord } from './forward.js';
import { memoized } from './memoized.js';
import type { Node, Unit } from './network.js';
import { changeOf, throughActivation } from './tangent.js';

/**
 * Carries what units have at their heads up to the outputs of the units above them: as the forward pass carries a small
 * change, by each layer's `tangent`. Activations count between units only: `fromHead` has the f′ of its own unit, and
 * the unit above gets its own f′ on the way back.
 */
export function upward(
  { network, records }: ForwardRecord,
  fromHead: (unit: Unit) => Tensor | null,
): (unit: Unit) => Tensor | null {
  const gathered = (node: Node) => changeOf(node, records[node.id], node.inputs.map(leaving));
  const alongChain = ({ chain }: Unit, atHead: Tensor | null): Tensor | null =>
    chain.slice(1).reduce((change, node) => changeOf(node, records[node.id], [change]), atHead);

  const leaving: (node: Node) => Tensor | null = memoized((node: Node) => {
    const unit = network.unitOf(node);
    if (unit) return alongChain(unit, fromHead(unit));
    const change = gathered(node);
    return change && throughActivation(node, records[node.id], change);
  });
  return (unit) => alongChain(unit, gathered(unit.head));
}
