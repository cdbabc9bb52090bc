import { type Tensor, type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import { FeedalignError } from './errors.js';
import { type Flowing, flowing } from './flowing.js';
import {
  computed,
  type ForwardOptions,
  type ForwardRecord,
  fittedInputs,
  refuseAnotherPass,
} from './forward.js';
import { type Network, type Node, parametersIn, type Unit } from './network.js';
import type { Parameter, Recorded } from './operation.js';

interface FlowingOutput extends Flowing {
  readonly output: Tensor;
}

/** A forward pass that is computed stage by stage. */
export interface StagedForward {
  /**
   * Computes these nodes, in topological order, of which none takes what was not computed, and shows what they left behind.
   * After that it is gone, but for the outputs that nodes to come will take, and what is returned.
   */
  through<T extends TensorContainer>(nodes: readonly Node[], see: (record: ForwardRecord) => T): T;
}

/**
 * The forward pass of a training step in stages, with the numbers that it has at once. Call it in a `tidy`.
 *
 * @throws FeedalignError as `forward` does
 */
export function forwardInStages(
  network: Network,
  inputs: readonly Tensor[],
  options: Pick<ForwardOptions, 'training' | 'rng'>,
): StagedForward {
  const lasting = [...network.inputs, ...network.outputs.map(({ node }) => node)];
  const flow = flowing<FlowingOutput>(network, new Set(inputs), lasting);
  const set = (node: Node, output: Tensor, beside?: readonly Tensor[]) =>
    flow.set(node, { output, tensors: [output], beside });
  fittedInputs(network, inputs).forEach((output, i) => {
    set(network.inputs[i], output);
  });
  return {
    through: <T extends TensorContainer>(nodes: readonly Node[], see: (record: ForwardRecord) => T) => {
      const [seen, outputs, besides] = tidy(() => {
        const records: Recorded[] = new Array(network.nodes.length);
        for (const node of network.nodes) {
          if (flow.has(node)) records[node.id] = { inputs: [], output: flow.get(node).output };
        }
        for (const node of nodes) {
          const given = node.inputs.map((input) => records[input.id].output);
          records[node.id] = computed(node, given, options);
        }
        const found = nodes.map(({ id }) => records[id]);
        return [
          see({ network, records, again: refuseAnotherPass }),
          found.map(({ output }) => output),
          found.map(({ beside = [] }) => beside),
        ] as TensorContainer;
      }) as [T, Tensor[], Tensor[][]];
      nodes.forEach((node, i) => {
        set(node, outputs[i], besides[i]);
      });
      for (const node of nodes) flow.passed(node);
      return seen;
    },
  };
}

/** Units that learn together, and what has to be computed for them beside what the stages before have. */
export interface PlannedStage<T> {
  /** None of what is left at the end. */
  readonly stage?: T;
  readonly units: readonly Unit[];
  readonly nodes: readonly Node[];
}

/**
 * The nodes of each stage, in an order in which one can be computed after the other, and last what is left of the network.
 *
 * @param stages units that learn together, with the node that they lead to
 * @throws FeedalignError `unsupported-model` where a stage takes what another has inside, or shares parameters with it
 */
export function planStages<T extends { readonly units: readonly Unit[]; readonly end: Node }>(
  network: Network,
  stages: readonly T[],
): PlannedStage<T>[] {
  const owner = new Map(stages.flatMap(({ units, end }) => units.map((unit) => [unit, end] as const)));
  const done = new Set<Node>(network.inputs);
  const ordered = [...stages].sort((a, b) => a.end.id - b.end.id);
  const planned = ordered.map((stage): PlannedStage<T> => {
    const { units, end } = stage;
    const needed = ancestors(end, done);
    const nodes = network.nodes.filter((node) => needed.has(node));
    for (const node of nodes) {
      const unit = network.unitOf(node);
      if (unit && owner.has(unit) && owner.get(unit) !== end) refuseInside(end, unit);
      done.add(node);
    }
    return { stage, units, nodes };
  });
  const rest: PlannedStage<T> = {
    units: network.units.filter((unit) => !owner.has(unit)),
    nodes: network.nodes.filter((node) => !done.has(node)),
  };
  const all = [...planned, rest];
  requireOwnParameters(all.map(({ units }) => units));
  return all;
}

/** The node and all that it takes, but for what is done. */
function ancestors(end: Node, done: ReadonlySet<Node>): ReadonlySet<Node> {
  const found = new Set<Node>();
  const need = (node: Node) => {
    if (done.has(node) || found.has(node)) return;
    found.add(node);
    node.inputs.forEach(need);
  };
  need(end);
  return found;
}

function requireOwnParameters(groups: readonly (readonly Unit[])[]): void {
  const learners = new Map<Parameter, readonly [unit: Unit, group: number]>();
  for (const [group, units] of groups.entries()) {
    for (const unit of units) {
      for (const parameter of parametersIn(unit)) {
        const known = learners.get(parameter);
        if (known && known[1] !== group) refuseShared(known[0], unit);
        learners.set(parameter, [unit, group]);
      }
    }
  }
}

const wayOut = 'Put them into one block, or let all learn together.';

function refuseInside({ name }: Node, unit: Unit): never {
  throw new FeedalignError(
    'unsupported-model',
    `What ends at '${name}' takes what '${unit.name}' makes inside a block that ends later: neither can learn before the other is computed.`,
    wayOut,
  );
}

function refuseShared({ name }: Unit, other: Unit): never {
  throw new FeedalignError(
    'unsupported-model',
    name === other.name
      ? `The layer '${name}' is called in two blocks: neither can learn before the other is computed.`
      : `The layers '${name}' and '${other.name}' share weights, but are in two blocks: neither can learn before the other is computed.`,
    wayOut,
  );
}
