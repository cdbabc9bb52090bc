import type { Tensor } from '@tensorflow/tfjs-core';
import { computed, type ForwardRecord, refuseAnotherPass } from './forward.js';
import { assembleNetwork, type Network, type Node, type Output, type Unit } from './network.js';
import type { Operation } from './operation.js';

/** What is put behind a node of a network, as an output of its own. */
export interface Head {
  readonly at: Node;
  readonly name: string;
  readonly operation: Operation;
  readonly outputShape: readonly number[];
  /** By which its logits become predictions. */
  readonly activation: string;
}

/** A part of a network with heads of its own: a network too, over the same layers. */
export interface Part {
  readonly network: Network;
  /** The node of the part that is this one of the whole. */
  nodeIn(node: Node): Node;
  /** The unit of the part that is this one of the whole; undefined for one that is not in it. */
  unitIn(unit: Unit): Unit | undefined;
  /** The unit of the whole that this one of the part is; undefined for a head. */
  unitOf(unit: Unit): Unit | undefined;
  /** The whole's forward pass as the part's, with the heads computed. */
  record(whole: ForwardRecord): ForwardRecord;
}

/**
 * Cuts a part out of a network and puts heads behind it. What nodes of it take from outside is an input of the part: no
 * signal leaves it there.
 *
 * @param nodes what it consists of, in topological order
 * @param outputs outputs of the whole that are in it and stay outputs
 */
export function partOf(
  whole: Network,
  nodes: readonly Node[],
  heads: readonly Head[],
  outputs: readonly Output[] = [],
): Part {
  const inside = new Set(nodes);
  const outside = [...new Set(nodes.flatMap(({ inputs }) => inputs))].filter((node) => !inside.has(node));
  const copies = new Map<Node, Node>();
  for (const node of outside) {
    copies.set(node, { ...node, id: copies.size, inputs: [], operation: withoutParameters(node.operation) });
  }
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => copies.get(input) as Node);
    copies.set(node, { ...node, id: copies.size, inputs });
  }
  const inputs = [...copies.values()].filter((copy) => copy.inputs.length === 0);
  const ends = heads.map(
    ({ at, name, operation, outputShape }, i): Node => ({
      id: copies.size + i,
      name,
      className: 'Head',
      inputs: [copies.get(at) as Node],
      operation,
      outputShape,
    }),
  );
  const network = assembleNetwork(
    [...copies.values(), ...ends],
    inputs,
    [
      ...outputs.map((output) => ({ ...output, node: copies.get(output.node) as Node })),
      ...ends.map((node, i) => ({ node, activation: heads[i].activation })),
    ],
    // Chains end where they end in the whole.
    new Set(whole.units.flatMap(({ end }) => copies.get(end) ?? [])),
  );
  const originals = new Map([...copies].map(([node, copy]) => [copy, node]));
  return {
    network,
    nodeIn: (node) => copies.get(node) as Node,
    unitIn: ({ head }) => (inside.has(head) ? network.unitOf(copies.get(head) as Node) : undefined),
    unitOf: ({ head }) => {
      const original = originals.get(head);
      return original && whole.unitOf(original);
    },
    record: ({ records }) => {
      const own = [...copies.keys()].map((node) => records[node.id]);
      const made = ends.map((node) => {
        const given: Tensor[] = node.inputs.map((input) => own[input.id].output);
        return computed(node, given, { training: true });
      });
      return { network, records: [...own, ...made], again: refuseAnotherPass };
    },
  };
}

const withoutParameters = (operation: Operation): Operation => ({
  ...operation,
  parameters: [],
  kernel: undefined,
});
