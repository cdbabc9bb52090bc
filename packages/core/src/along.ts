import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { changeOfInput, checkOwners, type Directions, tangentAt, tensorsIn } from './directions.js';
import { type Flowing, flowing } from './flowing.js';
import type { ForwardRecord } from './forward.js';
import type { Node } from './network.js';

interface FlowingTangent extends Flowing {
  readonly tangent: Tensor | null;
}

/**
 * What changes along directions do to the outputs of nodes, to first order, by a forward pass that was: its second half
 * alone. Null where nothing changes them. Tangents that nothing needs any more are freed on the way.
 *
 * @throws FeedalignError as `jvp` does
 */
export function changesAt(
  nodes: readonly Node[],
  { network, records }: ForwardRecord,
  directions: Directions,
): (Tensor | null)[] {
  checkOwners(network, directions);
  return tidy(() => {
    const flow = flowing<FlowingTangent>(network, new Set(tensorsIn(directions)), nodes);
    const set = (node: Node, tangent: Tensor | null) =>
      flow.set(node, { tangent, tensors: tangent ? [tangent] : [] });
    network.inputs.forEach((node, i) => {
      set(node, changeOfInput(node, records[node.id].output, directions.inputs?.[i] ?? null));
    });
    for (const node of network.nodes) {
      if (flow.has(node)) continue;
      const changes = node.inputs.map((input) => flow.get(input).tangent);
      set(
        node,
        tidy(() => tangentAt(node, records[node.id], changes, directions) as never),
      );
      flow.passed(node);
    }
    return nodes.map((node) => flow.get(node).tangent) as never;
  });
}
