import type { Tensor } from '@tensorflow/tfjs-core';
import type { Network, Node } from './network.js';

/** What a node hands on: its own until the last of those that need it has passed. */
export interface Flowing {
  /** Freed with it. */
  readonly tensors: readonly Tensor[];
  /** Lives until the pass ends. */
  readonly beside?: readonly Tensor[];
}

/**
 * What flows between nodes, as long as one of them needs it.
 *
 * @param givens tensors that are somebody else's
 * @param asked nodes that are needed when all is over
 */
export function flowing<F extends Flowing>(
  network: Network,
  givens: ReadonlySet<Tensor>,
  asked: readonly Node[] = network.outputs.map(({ node }) => node),
) {
  const live = new Map<Node, F>();
  const beside: Tensor[] = [];
  const left = new Map(network.nodes.map((node) => [node, network.consumers(node).length]));
  for (const node of asked) left.set(node, Number.POSITIVE_INFINITY);
  const free = (node: Node) => {
    const gone = live.get(node) as F;
    live.delete(node);
    // An identity hands on what it took, be it what the caller gave; a mask may be what it masks.
    const needed = new Set([...live.values()].flatMap(({ tensors }) => tensors).concat(beside));
    for (const tensor of gone.tensors) if (!needed.has(tensor) && !givens.has(tensor)) tensor.dispose();
  };
  return {
    has: (node: Node) => live.has(node),
    get: (node: Node) => live.get(node) as F,
    set: (node: Node, flow: F) => {
      live.set(node, flow);
      beside.push(...(flow.beside ?? []));
    },
    /** The node was computed: it is one fewer that needs its inputs. */
    passed: ({ inputs }: Node) => {
      for (const input of inputs) {
        const count = (left.get(input) as number) - 1;
        left.set(input, count);
        if (count === 0) free(input);
      }
    },
  };
}
