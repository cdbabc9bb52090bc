import {
  FeedalignError,
  hiddenUnits,
  type Network,
  type Node,
  type Teaches,
  type Unit,
} from '@feedalign/core';

/** Units that learn by one local loss, by the names of their layers. */
export type BlockNames = readonly (readonly string[])[];

/** Units that learn by one local loss: from what they take to where that loss is. */
export interface Block {
  readonly units: readonly Unit[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  readonly end: Node;
}

/**
 * The blocks of these names, or one of each hidden unit; of those that are taught. What lies between units, such as the sum
 * of a residual connection, belongs to the last of the blocks that it takes from.
 *
 * @throws FeedalignError `unknown-name` for a layer that begins no hidden unit; `invalid-option` for a layer in two blocks or
 * in none, or a block that ends at several layers
 */
export function blocksOf(network: Network, names: BlockNames | undefined, teaches: Teaches): Block[] {
  if (names === undefined) {
    const alone = hiddenUnits(network).filter(teaches);
    return alone.map((unit) => ({ units: [unit], nodes: unit.chain, end: unit.end }));
  }
  const listed = checked(network, names, teaches);
  const first = (units: readonly Unit[]) => Math.min(...units.map(({ index }) => index));
  listed.sort((a, b) => first(a) - first(b));
  const places = new Map<Node, number>();
  for (const node of network.nodes) {
    const unit = network.unitOf(node);
    const before = node.inputs.flatMap((input) => places.get(input) ?? []);
    const place = unit ? listed.findIndex((units) => units.includes(unit)) : Math.max(-1, ...before);
    if (place >= 0) places.set(node, place);
  }
  return listed.map((units, place) => {
    const nodes = network.nodes.filter((node) => places.get(node) === place);
    const inside = new Set(nodes);
    const ends = nodes.filter((node) => !network.consumers(node).some((to) => inside.has(to.node)));
    if (ends.length > 1) {
      refuse(
        `The block of ${nameAll(units)} ends at several layers: ${ends.map(({ name }) => name).join(', ')}.`,
        'Give blocks that end at one layer, where their loss is.',
      );
    }
    return { units, nodes, end: ends[0] };
  });
}

const nameAll = (units: readonly Unit[]) => units.map(({ name }) => name).join(', ');

function checked(network: Network, names: BlockNames, teaches: Teaches): Unit[][] {
  const hidden = hiddenUnits(network);
  const all = names.flat();
  const stranger = all.find((name) => !hidden.some((unit) => unit.name === name));
  if (stranger !== undefined) {
    throw new FeedalignError(
      'unknown-name',
      `No hidden unit begins with a layer '${stranger}', which a block has.`,
      `The layers that can be in a block are ${nameAll(hidden)}.`,
    );
  }
  const twice = all.find((name, i) => all.indexOf(name) !== i);
  if (twice !== undefined) {
    refuse(`The layer '${twice}' is in two blocks.`, 'Name each layer in one.');
  }
  const left = hidden.filter((unit) => teaches(unit) && !all.includes(unit.name));
  if (left.length > 0) {
    refuse(
      `No block has the layer '${left[0].name}', which learns.`,
      `Put ${nameAll(left)} into blocks, or freeze them by a rule of their own: perLayer({ … }, local(…)).`,
    );
  }
  if (names.some((block) => block.length === 0)) refuse('A block has no layers.', 'Name at least one.');
  return names.map((block) => hidden.filter(({ name }) => block.includes(name)));
}

function refuse(problem: string, wayOut: string): never {
  throw new FeedalignError('invalid-option', problem, wayOut);
}
