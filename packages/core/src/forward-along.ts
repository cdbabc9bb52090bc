import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { changeOfInput, checkOwners, type Directions, tangentAt, tensorsIn } from './directions.js';
import { type Flowing, flowing } from './flowing.js';
import {
  computed,
  type ForwardOptions,
  type ForwardRecord,
  fittedInputs,
  refuseAnotherPass,
} from './forward.js';
import type { Network, Node } from './network.js';
import type { Recorded } from './operation.js';

/** A forward pass that took changes along, and kept of itself no more than what output units learn from. */
export interface ForwardAlong {
  readonly record: ForwardRecord;
  /** What each direction does to each output, to first order; null where nothing changes it. */
  readonly changes: readonly (readonly (Tensor | null)[])[];
}

interface FlowingChanges extends Flowing {
  readonly value: Tensor;
  readonly changes: readonly (Tensor | null)[];
}

/**
 * The forward pass of a training step, and with it, node by node, the derivatives along directions that are known before it:
 * what no node needs any more is freed on the way, so that memory does not grow with depth. The numbers are those of
 * `forward`, and of the derivatives behind it. Call it in a `tidy`.
 *
 * @throws FeedalignError as `jvp` does
 */
export function forwardAlong(
  network: Network,
  inputs: readonly Tensor[],
  directions: readonly Directions[],
  options: Pick<ForwardOptions, 'training' | 'rng'>,
): ForwardAlong {
  for (const each of directions) checkOwners(network, each);
  const kept = behindHidden(network);
  const asked = [...network.outputs.map(({ node }) => node), ...[...kept].flatMap((node) => node.inputs)];
  const flow = flowing<FlowingChanges>(
    network,
    new Set([...inputs, ...directions.flatMap(tensorsIn)]),
    asked,
  );
  const records: Recorded[] = new Array(network.nodes.length);
  const set = (node: Node, value: Tensor, changes: readonly (Tensor | null)[], beside?: readonly Tensor[]) =>
    flow.set(node, { value, changes, tensors: [value, ...changes.filter((each) => each !== null)], beside });

  fittedInputs(network, inputs).forEach((value, i) => {
    const node = network.inputs[i];
    records[node.id] = { inputs: [], output: value };
    set(
      node,
      value,
      directions.map((each) => changeOfInput(node, value, each.inputs?.[i] ?? null)),
    );
  });
  for (const node of network.nodes) {
    if (flow.has(node)) continue;
    const given = node.inputs.map(flow.get);
    const compute = () => {
      const record = computed(
        node,
        given.map(({ value }) => value),
        options,
      );
      const changes = directions.map((direction, k) =>
        tangentAt(
          node,
          record,
          given.map((each) => each.changes[k]),
          direction,
        ),
      );
      return { record, changes };
    };
    if (kept.has(node)) {
      const { record, changes } = compute();
      records[node.id] = record;
      set(node, record.output, changes, record.beside);
    } else {
      let settle: Recorded['settle'];
      const [value, changes, beside] = tidy(() => {
        const { record, changes } = compute();
        settle = record.settle;
        return [record.output, changes, record.beside ?? []] as never;
      }) as unknown as [Tensor, (Tensor | null)[], Tensor[]];
      records[node.id] = { inputs: [], output: value, settle };
      set(node, value, changes, beside);
    }
    flow.passed(node);
  }
  return {
    record: { network, records, again: refuseAnotherPass },
    changes: directions.map((_, k) => network.outputs.map(({ node }) => flow.get(node).changes[k])),
  };
}

/** The nodes of output units, and all that lie above them. */
function behindHidden({ nodes, units }: Network): ReadonlySet<Node> {
  const found = new Set(units.filter(({ isOutput }) => isOutput).flatMap(({ chain }) => chain));
  for (const node of nodes) if (node.inputs.some((input) => found.has(input))) found.add(node);
  return found;
}
