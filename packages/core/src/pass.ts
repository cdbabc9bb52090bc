import { concat, reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import { changesAt } from './along.js';
import { partsBetween } from './apart.js';
import { FeedalignError, inLayer } from './errors.js';
import type { ForwardRecord } from './forward.js';
import { deltaAt, isTrainable, lookInto, updatesAt } from './forward-look.js';
import { lazily, memoized } from './memoized.js';
import { type Node, parametersOf, type Unit } from './network.js';
import type { Parameter } from './operation.js';
import type { Rng } from './rng.js';
import type { FeedbackRule, Pass, Route, Update } from './rule.js';
import { sumOf } from './tangent.js';
import type { TensorTree } from './tree.js';
import { toOptimizer } from './updates.js';
import { upward } from './upward.js';

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
  /** How much the loss of one example counts in L: 1/N in a mean, 1 in a sum; some rules need it. */
  readonly share?: number;
  /** A factor of each example, [N], where there are any: one of weight 0 must teach nothing. */
  readonly weights?: Tensor;
  /** The same losses of other logits; likewise. */
  of?(logits: readonly Tensor[]): Objective;
  /** How the loss moves, to first order, with each example's logits: Σ ⟨e_n, logits′_n⟩ over the outputs, [N]; likewise. */
  along?(changes: readonly (Tensor | null)[]): Tensor;
}

/** A node that the whole of a loss comes from, of whose output equal, consecutive parts each have their own slope. */
export interface PartsOfLoss {
  readonly at: Node;
  readonly count: number;
  /** Σ ⟨signal, change⟩ over each of so many parts of each example, [N·parts]. */
  slope(signal: Tensor, change: Tensor, parts: number): Tensor;
}

/**
 * Where in a run a pass stands: what makes one step differ from the next. Neither is read unless the rule asks for it.
 */
export interface PassContext {
  /** Training steps taken before. Default 0. */
  readonly step?: number;
  /** Random numbers of this step, for the rule; needed only by rules that draw some. */
  readonly rng?: Rng;
  /** That slopes are told in parts. Default: those of whole examples alone. */
  readonly parts?: PartsOfLoss;
  /** What the forward pass took along: of each direction, the changes of the outputs. */
  readonly carried?: readonly (readonly (Tensor | null)[])[];
}

/** What a rule makes of one forward pass: see `Pass`. Call it, and whatever is asked of it, in one `tidy`. */
export const createPass = <S extends TensorTree>(
  record: ForwardRecord,
  objective: Objective,
  rule: FeedbackRule<S>,
  state: S,
  context: PassContext = {},
): Pass<S> => passWithSignals(record, objective, rule, state, context).pass;

function passWithSignals<S extends TensorTree>(
  record: ForwardRecord,
  objective: Objective,
  rule: FeedbackRule<S>,
  state: S,
  context: PassContext = {},
): { readonly pass: Pass<S>; readonly signalAt: (node: Node) => Tensor | null } {
  const { network, records } = record;
  const recordOf = (node: Node) => records[node.id];
  const errorAt = new Map(network.outputs.map((output, i) => [output.node, objective.errors[i]]));

  const deltaFrom = (node: Node, signal: Tensor | null): Tensor | null =>
    signal && deltaAt(node, recordOf(node), signal);

  const signalBelow = (node: Node, delta: Tensor, index: number, kernel?: Tensor): Tensor =>
    inLayer(node, () => node.operation.inputGradient(recordOf(node), delta, index, kernel));

  // Within a unit: from where its signal arrives down to each layer of its chain.
  const deltaInside = memoized((node: Node): Tensor | null => {
    const unit = network.unitOf(node) as Unit;
    if (node === unit.activation && placeOf(unit) === 'pre-activation') return signal(unit);
    if (node === unit.end) return deltaFrom(node, signal(unit));
    const next = unit.chain[unit.chain.indexOf(node) + 1];
    const above = deltaInside(next);
    return above && deltaFrom(node, signalBelow(next, above, 0));
  });

  // Between units: the sum over everything that takes a node's output, unless the route has a signal of its own there.
  const downward = <T>({ kernelOf, signalAt }: Route<T>, pass: Pass<T>) => {
    const kernel = memoized((unit: Unit) =>
      unit.kernel && kernelOf ? likeKernel(kernelOf(unit, pass), unit, rule.name) : undefined,
    );
    const through = (node: Node, index: number): Tensor | null => {
      const unit = network.unitOf(node);
      const delta = unit ? deltaInside(node) : deltaFrom(node, arriving(node));
      return delta && signalBelow(node, delta, index, unit && kernel(unit));
    };
    const arriving: (node: Node) => Tensor | null = memoized(
      (node: Node) =>
        signalAt?.(node, pass) ??
        sumOf([
          errorAt.get(node) ?? null,
          ...network.consumers(node).map((to) => through(to.node, to.index)),
        ]),
    );
    return arriving;
  };

  const fromBelow = upward(record, (unit) => deltaInside(unit.head));

  const signal = memoized((unit: Unit): Tensor | null =>
    unit.isOutput ? pass.fromAbove(unit) : rule.signal(unit, pass),
  );

  const placeOf = memoized((unit: Unit) =>
    unit.isOutput ? 'output' : (rule.place?.(unit, pass) ?? 'output'),
  );

  let ofNetwork: ReadonlySet<Parameter> | undefined;
  const isOfNetwork = (parameter: Parameter) => {
    ofNetwork ??= new Set(parametersOf(network));
    return ofNetwork.has(parameter);
  };

  const gradients: Pass['gradients'] = (
    learns = isTrainable,
    { penalties = true, units = network.units } = {},
  ) => {
    const updatesOf = (unit: Unit): readonly Update[] => {
      const own = rule.estimate?.(unit, pass);
      // What is the rule's own learns as the rule has it.
      if (own) return own.filter(({ parameter }) => !isOfNetwork(parameter) || learns(parameter));
      return unit.chain.flatMap((node) => updatesAt(node, recordOf(node), () => deltaInside(node), learns));
    };
    const found = units.map((unit) => ({ unit, updates: updatesOf(unit) }));
    const changed = (unit: Unit, updates: readonly Update[]) =>
      rule.updates?.(unit, updates, pass) ?? updates;
    return toOptimizer(found, changed, penalties);
  };

  const told = <K extends 'of' | 'along'>(what: K): NonNullable<Objective[K]> =>
    (objective[what] ?? refuseObjective(rule.name)) as NonNullable<Objective[K]>;

  /** Of changes of the outputs. */
  const slopeOf = (changes: readonly (Tensor | null)[]): Tensor => {
    const each = told('along')(changes);
    return network.mixesExamples() ? sum(each, 0, true) : each;
  };
  const carriedSlopes = context.carried?.map((changes) => {
    const whole = lazily(() => slopeOf(changes));
    return {
      get examples() {
        return whole();
      },
      of: whole,
    };
  });

  const along: Pass['along'] = (directions) => {
    const ends = network.outputs.map(({ node }) => node);
    const { parts } = context;
    const changes = changesAt(parts ? [...ends, parts.at] : ends, record, directions);
    const whole = lazily(() => slopeOf(changes.slice(0, ends.length)));
    const change = changes[ends.length];
    const arriving = parts && change && truth().signalAt(parts.at);
    return {
      get examples() {
        return whole();
      },
      of: ({ activation }) => {
        const among = arriving && partsBetween(network, activation, parts.at, parts.count);
        return among ? parts.slope(arriving, change, among) : whole();
      },
    };
  };

  const look = lookInto(record);
  const truth = lazily(() => passWithSignals(record, objective, trueGradient, null));
  let error: Tensor | undefined;
  const passFor = <T>(state: T, rng: () => Rng, carried?: Pass['carried']): Pass<T> => {
    const routes = memoized((route: Route<T>) => downward(route, self));
    const inside = new Map<string, Pass>();
    const self: Pass<T> = {
      network,
      state,
      targets: objective.targets,
      get step() {
        return context.step ?? 0;
      },
      get rng() {
        return rng();
      },
      get error() {
        error ??= sideBySide(objective.errors);
        return error;
      },
      get truth() {
        return truth().pass;
      },
      record,
      ...look,
      along,
      carried,
      share: objective.share ?? 1 / (objective.errors[0]?.shape[0] || 1),
      weights: objective.weights,
      objectiveOf: (logits) => told('of')(logits),
      again: (inputs) => lookInto(record.again(inputs)),
      fromAbove: (unit, route = backpropagated) => routes(route)(unit.end),
      fromBelow,
      signal,
      delta: (unit) => deltaInside(unit.head),
      gradients,
      inner: <U>(name: string, part: U) => {
        if (!inside.has(name))
          inside.set(
            name,
            passFor(part, () => rng().stream(name)),
          );
        return inside.get(name) as Pass<U>;
      },
    };
    return self;
  };

  const pass = passFor(state, () => context.rng ?? refuseToDraw(rule.name), carriedSlopes);
  /** What arrives at a node's output, inside a unit too. */
  const signalAt = (node: Node) => {
    const chain = network.unitOf(node)?.chain ?? [];
    const next = chain[chain.indexOf(node) + 1];
    const above = next && deltaInside(next);
    return above ? signalBelow(next, above, 0) : downward(backpropagated, pass)(node);
  };
  return { pass, signalAt };
}

const trueGradient: FeedbackRule<null> = {
  name: 'truth',
  options: {},
  init: () => null,
  signal: (unit, pass) => pass.fromAbove(unit),
};

const backpropagated = {};

/** A missing matrix would leave the kernel itself on the way back: backpropagation under another name. */
function likeKernel(feedback: Tensor | null | undefined, unit: Unit, rule: string): Tensor {
  const { shape } = (unit.kernel as Parameter).variable;
  const found = feedback?.shape;
  if (found && found.length === shape.length && found.every((size, axis) => size === shape[axis])) {
    return feedback;
  }
  throw new FeedalignError(
    found ? 'shape-mismatch' : 'invalid-option',
    found
      ? `The rule '${rule}' sends signals down to below '${unit.name}' by a matrix of shape [${found}], but its kernel has the shape [${shape}].`
      : `The rule '${rule}' has no feedback for the kernel of '${unit.name}', of shape [${shape}].`,
    'Give it the state that its init made for this network, or that was saved with this model.',
  );
}

function refuseToDraw(rule: string): never {
  throw new FeedalignError(
    'invalid-option',
    `The rule '${rule}' draws random numbers in each step, but the pass has none.`,
    'Give createPass an rng.',
  );
}

function refuseObjective(rule: string): never {
  throw new FeedalignError(
    'invalid-option',
    `The rule '${rule}' asks for the loss of other logits, which the objective of this pass does not tell.`,
    'Make the objective by evaluate() of @feedalign/losses.',
  );
}

/** [N, C₁], [N, C₂] … → [N, ΣC] */
function sideBySide(errors: readonly Tensor[]): Tensor {
  const flat = errors.map((error) => (error.rank === 2 ? error : reshape(error, [error.shape[0], -1])));
  return flat.length === 1 ? flat[0] : concat(flat, 1);
}
