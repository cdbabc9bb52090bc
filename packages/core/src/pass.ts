import { add, addN, concat, grad, reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { ForwardRecord } from './forward.js';
import type { Node, Unit } from './network.js';
import { type Gradient, gradientOf, type Parameter } from './operation.js';
import type { FeedbackRule, KernelOf, Pass, Update } from './rule.js';
import type { TensorTree } from './tree.js';

/** How wrong a forward pass was, as a loss states it. */
export interface Objective {
  /** L, a scalar. */
  readonly loss: Tensor;
  /** The part of it that each output has, scalars. */
  readonly losses: readonly Tensor[];
  /** ∂L/∂logits of each output, in the logits' shape. */
  readonly errors: readonly Tensor[];
  /** What the network predicts, after the output's activation. */
  readonly predictions: readonly Tensor[];
  readonly targets: readonly Tensor[];
}

const memoized = <K extends object, V>(compute: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key) as V;
  };
};

const sum = (terms: readonly (Tensor | null)[]): Tensor | null => {
  const present = terms.filter((term) => term !== null);
  if (present.length < 2) return present[0] ?? null;
  return addN(present);
};

/** What a rule makes of one forward pass: see `Pass`. Call it, and whatever is asked of it, in one `tidy`. */
export function createPass<S extends TensorTree>(
  record: ForwardRecord,
  objective: Objective,
  rule: FeedbackRule<S>,
  state: S,
): Pass<S> {
  const { network, records } = record;
  const recordOf = (node: Node) => records[node.id];
  const errorAt = new Map(network.outputs.map((output, i) => [output.node, objective.errors[i]]));

  const deltaFrom = (node: Node, signal: Tensor | null): Tensor | null =>
    signal && node.operation.delta ? node.operation.delta(recordOf(node), signal) : signal;

  // Within a unit: from the signal at its end down to each layer of its chain.
  const deltaInside = memoized((node: Node): Tensor | null => {
    const unit = network.unitOf(node) as Unit;
    if (node === unit.end) return deltaFrom(node, signal(unit));
    const next = unit.chain[unit.chain.indexOf(node) + 1];
    const above = deltaInside(next);
    return above && deltaFrom(node, next.operation.inputGradient(recordOf(next), above, 0));
  });

  // Between units: the sum over everything that takes a node's output.
  const sweep = memoized((kernelOf: KernelOf<S> | typeof ownKernels) => {
    const kernel = memoized((unit: Unit) =>
      kernelOf === ownKernels || !unit.kernel ? undefined : (kernelOf as KernelOf<S>)(unit, pass),
    );
    const through = (node: Node, index: number): Tensor | null => {
      const unit = network.unitOf(node);
      const delta = unit ? deltaInside(node) : deltaFrom(node, arriving(node));
      return delta && node.operation.inputGradient(recordOf(node), delta, index, unit && kernel(unit));
    };
    const arriving: (node: Node) => Tensor | null = memoized((node: Node) =>
      sum([errorAt.get(node) ?? null, ...network.consumers(node).map((to) => through(to.node, to.index))]),
    );
    return arriving;
  });

  const signal = memoized((unit: Unit): Tensor | null =>
    unit.isOutput ? pass.fromAbove(unit) : rule.signal(unit, pass),
  );

  const updatesOf = (node: Node, learns: (parameter: Parameter) => boolean): Update[] => {
    const { operation } = node;
    if (!operation.parameters.some(learns)) return [];
    const delta = deltaInside(node);
    const computed = delta && operation.gradients?.(recordOf(node), delta);
    if (!computed) return [];
    return operation.parameters
      .map((parameter, i) => ({ parameter, gradient: penalized(parameter, computed[i]) }))
      .filter(({ parameter }) => learns(parameter));
  };

  let error: Tensor | undefined;
  let truth: Pass<null> | undefined;
  const pass: Pass<S> = {
    network,
    state,
    targets: objective.targets,
    get error() {
      error ??= sideBySide(objective.errors);
      return error;
    },
    get truth() {
      truth ??= createPass(record, objective, trueGradient, null);
      return truth;
    },
    activation: (unit) => recordOf(unit.end).output,
    input: (unit) => recordOf(unit.head).inputs[0],
    fromAbove: (unit, kernelOf) => sweep(kernelOf ?? ownKernels)(unit.end),
    signal,
    delta: (unit) => deltaInside(unit.head),
    gradients: (learns = (parameter) => parameter.trainable) =>
      network.units.flatMap((unit) => unit.chain.flatMap((node) => updatesOf(node, learns))),
  };

  return pass;
}

const trueGradient: FeedbackRule<null> = {
  name: 'truth',
  options: {},
  init: () => null,
  signal: (unit, pass) => pass.fromAbove(unit),
};

const ownKernels = () => undefined;

/** The gradient and that of what the parameter's regularizer adds to the loss. */
function penalized(parameter: Parameter, gradient: Gradient): Gradient {
  const { penalty } = parameter;
  if (!penalty) return gradient;
  return gradientOf(() => add(gradient.compute(), grad(penalty)(parameter.variable)));
}

/** [N, C₁], [N, C₂] … → [N, ΣC] */
function sideBySide(errors: readonly Tensor[]): Tensor {
  const flat = errors.map((error) => (error.rank === 2 ? error : reshape(error, [error.shape[0], -1])));
  return flat.length === 1 ? flat[0] : concat(flat, 1);
}
