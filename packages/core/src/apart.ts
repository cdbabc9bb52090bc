import type { Network, Node } from './network.js';

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/**
 * Into how many equal, consecutive parts each example falls whose way from behind one node to another is its own: what all
 * layers between have in common. Undefined where no way leads there.
 */
export function partsBetween(network: Network, from: Node, to: Node, parts: number): number | undefined {
  const reached = new Set([from]);
  let common = parts;
  for (const node of network.nodes) {
    if (reached.has(to)) break;
    if (!node.inputs.some((input) => reached.has(input))) continue;
    reached.add(node);
    const { apart = 1 } = node.operation;
    if (apart !== Number.POSITIVE_INFINITY) common = divisor(common, apart);
  }
  return reached.has(to) ? common : undefined;
}
