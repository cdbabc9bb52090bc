import type { DataType } from '@tensorflow/tfjs-core';
import { FeedalignError } from './errors.js';
import type { Operation, Parameter } from './operation.js';

/** One call of one layer. */
export interface Node {
  /** Place in topological order. */
  readonly id: number;
  /** The layer's name. */
  readonly name: string;
  /** The layer's class, for reports and messages; nothing is decided by it. */
  readonly className: string;
  /** The nodes whose outputs it takes, in order; none for an input of the network. */
  readonly inputs: readonly Node[];
  readonly operation: Operation;
  /** Shape of its output for one example, without the batch's dimension. */
  readonly outputShape: readonly number[];
  /** Of an input: the type that it takes, to which what is given is cast. Default float32. */
  readonly dtype?: DataType;
}

/**
 * What one teaching signal trains: a layer with weights, and the layers after it that pass its output on
 * without mixing it with another's (activation, pooling, normalization, dropout, reshaping).
 *
 * The signal arrives at the unit's end and runs back through the unit by the true derivative; only the step
 * from one unit to the unit below it is a rule's choice.
 */
export interface Unit {
  /** The name of the layer with the weights: the key of this unit in a rule's state. */
  readonly name: string;
  /** Place among the units, from the inputs up: the name of its stream of random numbers, since tfjs numbers names on. */
  readonly index: number;
  /** The layer with the weights. */
  readonly head: Node;
  /** Where the teaching signal arrives. */
  readonly end: Node;
  /** From head to end. */
  readonly chain: readonly Node[];
  /**
   * Where the unit's pre-activation is: the first layer that applies a nonlinearity, at or behind the last one with
   * parameters; the end of the chain where none does.
   */
  readonly activation: Node;
  /** The weight that feedback may stand in for; a normalization that is a unit of its own has none. */
  readonly kernel?: Parameter;
  /** Shape of the end's output for one example, and the product of its dimensions. */
  readonly outputShape: readonly number[];
  readonly size: number;
  /** No other unit lies between it and an output: its signal is the true error under every rule. */
  readonly isOutput: boolean;
  /** The units whose outputs it sees without another unit between. */
  readonly below: readonly Unit[];
}

/** One output of the network: where its logits are, and the activation that makes predictions of them. */
export interface Output {
  readonly node: Node;
  readonly activation: string;
  /** Logits for one example. */
  readonly size: number;
}

/** A model as a graph of units. */
export interface Network {
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** From the inputs to the outputs. */
  readonly units: readonly Unit[];
  /** The nodes that are fed, in the model's order. */
  readonly inputs: readonly Node[];
  readonly outputs: readonly Output[];
  /** Numbers in the error of one example, over all outputs. */
  readonly errorSize: number;
  /** Who takes a node's output, and as which of its inputs. */
  consumers(node: Node): readonly { readonly node: Node; readonly index: number }[];
  /** The unit that a node belongs to; none for an input and for the layers between units. */
  unitOf(node: Node): Unit | undefined;
  /** A word for what operations compute by, beside tensors, and may be set otherwise between steps. */
  setting?(): string;
  /** Whether in training one example's output follows from others' inputs too, at this moment. */
  mixesExamples(): boolean;
}

function activationOf(chain: readonly Node[]): Node {
  const last = chain.findLastIndex(({ operation }) => operation.parameters.length > 0);
  return chain.slice(last).find(({ operation }) => operation.delta) ?? chain[chain.length - 1];
}

const product = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/**
 * Groups the nodes of a traced model into units.
 *
 * A unit starts at every layer with a kernel, and at a layer with other parameters that no unit's chain reaches.
 * Its chain goes on while there is exactly one consumer, which takes nothing else and has no kernel.
 *
 * @param ends nodes that no chain goes beyond
 * @throws FeedalignError `unsupported-model` when no layer has weights
 */
export function assembleNetwork(
  nodes: readonly Node[],
  inputs: readonly Node[],
  outputs: readonly Omit<Output, 'size'>[],
  ends: ReadonlySet<Node> = new Set(),
): Network {
  const taken = new Map<Node, { node: Node; index: number }[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) {
    for (const [index, input] of node.inputs.entries()) taken.get(input)?.push({ node, index });
  }
  const consumers = (node: Node) => taken.get(node) ?? [];
  const outputNodes = new Set(outputs.map((output) => output.node));

  const unitOf = new Map<Node, Unit>();
  const units: Unit[] = [];
  // Units right below a node, seen through the nodes that belong to none.
  const unitsAt = (node: Node): Unit[] => {
    const own = unitOf.get(node);
    return own ? [own] : node.inputs.flatMap(unitsAt);
  };
  for (const head of nodes) {
    if (unitOf.has(head) || head.operation.parameters.length === 0) continue;
    const chain = [head];
    for (let end = head; !outputNodes.has(end) && !ends.has(end); ) {
      const next = consumers(end);
      if (next.length !== 1 || next[0].node.inputs.length !== 1 || next[0].node.operation.kernel) break;
      end = next[0].node;
      chain.push(end);
    }
    const end = chain[chain.length - 1];
    const leadsToUnit = (node: Node): boolean =>
      consumers(node).some((to) => to.node.operation.parameters.length > 0 || leadsToUnit(to.node));
    const unit: Unit = {
      name: head.name,
      index: units.length,
      head,
      end,
      chain,
      activation: activationOf(chain),
      kernel: head.operation.kernel,
      outputShape: end.outputShape,
      size: product(end.outputShape),
      isOutput: !leadsToUnit(end),
      below: [...new Set(head.inputs.flatMap(unitsAt))],
    };
    units.push(unit);
    for (const node of chain) unitOf.set(node, unit);
  }
  if (units.length === 0) {
    throw new FeedalignError(
      'unsupported-model',
      'The model has no layer with weights.',
      'Give a model with something to train.',
    );
  }
  const settings = nodes.flatMap(({ operation }) => operation.setting ?? []);
  const sized = outputs.map((output) => ({ ...output, size: product(output.node.outputShape) }));
  return {
    nodes,
    units,
    inputs,
    outputs: sized,
    errorSize: sized.reduce((size, output) => size + output.size, 0),
    consumers,
    unitOf: (node) => unitOf.get(node),
    mixesExamples: () => nodes.some(({ operation }) => operation.mixesExamples?.()),
    ...(settings.length > 0 && { setting: () => settings.map((setting) => setting()).join() }),
  };
}

/** The parameters of a unit's layers. */
export const parametersIn = ({ chain }: Unit): Parameter[] =>
  chain.flatMap((node) => node.operation.parameters);

/** Every parameter of a network, once also where several calls share it. */
export const parametersOf = ({ units }: Pick<Network, 'units'>): Parameter[] => [
  ...new Set(units.flatMap(parametersIn)),
];
