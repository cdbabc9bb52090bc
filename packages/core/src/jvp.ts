import { clone, type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { changeOfInput, checkOwners, type Directions, tangentAt, tensorsIn } from './directions.js';
import { type Flowing, flowing } from './flowing.js';
import { computed, type ForwardOptions, fittedInputs } from './forward.js';
import type { Network, Node } from './network.js';

/** A value, and its derivative along the direction; both of one shape. */
export interface Dual {
  readonly value: Tensor;
  readonly tangent: Tensor;
}

/** A dual on its way; null where it stands still. */
interface FlowingDual extends Flowing {
  readonly value: Tensor;
  readonly tangent: Tensor | null;
}

const flowingDual = (value: Tensor, tangent: Tensor | null, beside?: readonly Tensor[]): FlowingDual => ({
  value,
  tangent,
  tensors: tangent ? [value, tangent] : [value],
  beside,
});

/**
 * Forward-mode differentiation: the network's outputs and their derivatives along a direction, in one pass and without a
 * backward one. What no node needs any more is freed on the way: memory does not grow with depth.
 *
 * a′ = Σ ∂a/∂input · input′ + Σ ∂a/∂W · W′, y′ = ∂f/∂a · a′, exact: no step size is involved. In training mode the
 * statistics of the batch move along and dropout keeps the mask of this pass; moving averages stay as they are.
 *
 * The loss' derivative follows from that of the logits: ⟨e, logits′⟩ with e = ∂L/∂logits.
 *
 * @param inputs one tensor [N, …] for each input of the network
 * @returns a dual of logits for each output of the network: tensors of the caller's own
 * @throws FeedalignError `shape-mismatch` for a change of another shape than what it is a change of, `invalid-option` for
 * one of what is not the network's or cannot change, `unsupported-layer` for a layer on the way that has no tangent
 *
 * @example
 * ```ts
 * const network = trace(model);
 * const [logits] = jvp(network, [x], { inputs: [direction] });
 * logits.tangent.print();
 * ```
 *
 * Source: R. E. Wengert, 'A simple automatic derivative evaluation program', Communications of the ACM 7 (1964).
 */
export function jvp(
  network: Network,
  inputs: readonly Tensor[],
  directions: Directions,
  options: Pick<ForwardOptions, 'training' | 'rng'> = {},
): Dual[] {
  checkOwners(network, directions);
  return tidy(() => {
    const flow = flowing<FlowingDual>(network, new Set([...inputs, ...tensorsIn(directions)]));
    fittedInputs(network, inputs).forEach((value, i) => {
      const node = network.inputs[i];
      flow.set(node, flowingDual(value, changeOfInput(node, value, directions.inputs?.[i] ?? null)));
    });
    for (const node of network.nodes) {
      if (flow.has(node)) continue;
      const given = node.inputs.map(flow.get);
      flow.set(
        node,
        tidy(() => through(node, given, directions, options) as never),
      );
      flow.passed(node);
    }
    return network.outputs.map(({ node }) => {
      const { value, tangent } = flow.get(node);
      return { value: clone(value), tangent: tangent ? clone(tangent) : zerosLike(value) };
    }) as never;
  });
}

/** One node's call, with its derivative. */
function through(
  node: Node,
  given: readonly FlowingDual[],
  directions: Directions,
  options: Pick<ForwardOptions, 'training' | 'rng'>,
): FlowingDual {
  const values = given.map(({ value }) => value);
  const record = computed(node, values, options);
  const changes = given.map(({ tangent }) => tangent);
  return flowingDual(record.output, tangentAt(node, record, changes, directions), record.beside);
}
