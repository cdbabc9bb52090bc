import { clone, type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { FeedalignError, inLayer } from './errors.js';
import { computed, type ForwardOptions, fitted, fittedInputs } from './forward.js';
import { type Network, type Node, parametersOf } from './network.js';
import type { Parameter } from './operation.js';
import { changeOf, sumOf, tangentOf, throughActivation } from './tangent.js';

/** Along what to differentiate; what is left out stands still. */
export interface Directions {
  /** A change of each input of the network, of the input's shape; null for one that stands still. */
  readonly inputs?: readonly (Tensor | null)[];
  /** Changes of parameters, each of the parameter's shape. */
  readonly weights?: ReadonlyMap<Parameter, Tensor>;
  /** Changes of nodes' pre-activations a, [N, …out]: what FG-A perturbs. */
  readonly preActivations?: ReadonlyMap<Node, Tensor>;
  /** Changes of nodes' outputs y, [N, …out]. */
  readonly activations?: ReadonlyMap<Node, Tensor>;
}

/** A value, and its derivative along the direction; both of one shape. */
export interface Dual {
  readonly value: Tensor;
  readonly tangent: Tensor;
}

/** A dual on its way; null where it stands still. */
interface Flowing {
  readonly value: Tensor;
  readonly tangent: Tensor | null;
  /** Lives until the pass ends. */
  readonly beside?: readonly Tensor[];
}

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
    const flow = flowing(network, new Set([...inputs, ...tensorsIn(directions)]));
    fittedInputs(network, inputs).forEach((value, i) => {
      const node = network.inputs[i];
      flow.set(node, { value, tangent: changeOfInput(node, value, directions.inputs?.[i] ?? null) });
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
  given: readonly Flowing[],
  { weights, preActivations, activations }: Directions,
  options: Pick<ForwardOptions, 'training' | 'rng'>,
): Flowing {
  const { operation } = node;
  const record = computed(
    node,
    given.map(({ value }) => value),
    options,
  );
  const noted = (changes: ReadonlyMap<Node, Tensor> | undefined) => {
    const change = changes?.get(node) ?? null;
    if (change) checkShape(change, record.output.shape, `the layer '${node.name}'`);
    return change;
  };
  return inLayer(node, () => {
    const byParameters = operation.parameters.map((parameter) => weights?.get(parameter) ?? null);
    const atPreActivation = sumOf([
      changeOf(
        node,
        record,
        given.map(({ tangent }) => tangent),
      ),
      byParameters.some((change) => change)
        ? tangentOf(node, 'parameterTangent')(record, byParameters)
        : null,
      noted(preActivations),
    ]);
    const atOutput = atPreActivation && throughActivation(node, record, atPreActivation);
    const tangent = sumOf([atOutput, noted(activations)]);
    return { value: record.output, tangent, beside: record.beside };
  });
}

/** What flows between nodes, as long as one of them needs it. */
function flowing(network: Network, givens: ReadonlySet<Tensor>) {
  const live = new Map<Node, Flowing>();
  const beside: Tensor[] = [];
  const left = new Map(network.nodes.map((node) => [node, network.consumers(node).length]));
  for (const { node } of network.outputs) left.set(node, Number.POSITIVE_INFINITY);
  const tensorsOf = ({ value, tangent }: Flowing) => (tangent ? [value, tangent] : [value]);
  const free = (node: Node) => {
    const gone = live.get(node) as Flowing;
    live.delete(node);
    // An identity hands on what it took, be it what the caller gave; a mask may be what it masks.
    const needed = new Set([...live.values()].flatMap(tensorsOf).concat(beside));
    for (const tensor of tensorsOf(gone)) if (!needed.has(tensor) && !givens.has(tensor)) tensor.dispose();
  };
  return {
    has: (node: Node) => live.has(node),
    get: (node: Node) => live.get(node) as Flowing,
    set: (node: Node, dual: Flowing) => {
      live.set(node, dual);
      beside.push(...(dual.beside ?? []));
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

const tensorsIn = ({ inputs = [], weights, preActivations, activations }: Directions): Tensor[] => [
  ...inputs.filter((change) => change !== null),
  ...[weights, preActivations, activations].flatMap((changes) => [...(changes?.values() ?? [])]),
];

function changeOfInput(node: Node, value: Tensor, change: Tensor | null): Tensor | null {
  if (!change) return null;
  if (value.dtype === 'float32') {
    const whose = `the input '${node.name}'`;
    checkThere(change, whose);
    const moved = fitted(change, node);
    checkShape(moved, value.shape, whose);
    return moved;
  }
  throw new FeedalignError(
    'invalid-option',
    `The input '${node.name}' takes numbers of type ${value.dtype}, which have no direction to move in.`,
    'Leave its change out, or give a change of the layer behind it.',
  );
}

function checkOwners(network: Network, { inputs, weights, preActivations, activations }: Directions): void {
  if (inputs && inputs.length > network.inputs.length) {
    refuse(`The network has ${network.inputs.length} inputs, but changes of ${inputs.length} were given.`);
  }
  const parameters = new Set(parametersOf(network));
  for (const [parameter, change] of weights ?? []) {
    const { name, variable } = parameter;
    if (!parameters.has(parameter)) refuse(`The network has no parameter '${name}' of this layer.`);
    checkShape(change, variable.shape, `the parameter '${name}'`);
  }
  const nodes = new Set(network.nodes);
  for (const node of [...(preActivations?.keys() ?? []), ...(activations?.keys() ?? [])]) {
    if (!nodes.has(node)) refuse(`The layer '${node.name}' is none of this network.`);
    if (network.inputs.includes(node)) {
      refuse(`'${node.name}' is an input: its change is one of \`inputs\`, and not of activations.`);
    }
  }
}

function refuse(problem: string): never {
  throw new FeedalignError(
    'invalid-option',
    problem,
    'Give changes of inputs, parameters and nodes of the network that is computed, and keep them until then.',
  );
}

function checkThere(change: Tensor, whose: string): void {
  if (change.isDisposed) refuse(`The change of ${whose} is disposed of.`);
}

function checkShape(change: Tensor, shape: readonly number[], whose: string): void {
  checkThere(change, whose);
  if (change.shape.length === shape.length && change.shape.every((size, i) => size === shape[i])) return;
  throw new FeedalignError(
    'shape-mismatch',
    `The change of ${whose} has the shape [${change.shape}], but that has [${shape}].`,
    'Give a change of its shape.',
  );
}
