import type { Tensor } from '@tensorflow/tfjs-core';
import type { Directions } from './directions.js';
import type { ForwardRecord } from './forward.js';
import type { Network, Node, Unit } from './network.js';
import type { Gradient, Parameter } from './operation.js';
import type { Outline } from './outline.js';
import type { Objective } from './pass.js';
import type { Rng } from './rng.js';
import type { TensorTree } from './tree.js';

/**
 * The kernel that a unit's signal passes on its way down, of the shape of the unit's own. Nothing, or a tensor of another
 * shape, is refused: the unit's own kernel never stands in for feedback that is missing.
 */
export type KernelOf<S> = (unit: Unit, pass: Pass<S>) => Tensor;

/** How signals come down to a unit; whatever is left out is backpropagation's way. */
export interface Route<S> {
  /** Stands in for the kernel of each unit on the way. */
  readonly kernelOf?: KernelOf<S>;
  /** The signal at a node's output, in place of what would come from above it; undefined where that is not replaced. */
  readonly signalAt?: (node: Node, pass: Pass<S>) => Tensor | undefined;
}

/** What a forward pass computed, and what signals make of it. */
export interface ForwardLook {
  /** h_l: the unit's output, [N, …unit.outputShape]. */
  activation(unit: Unit): Tensor;
  /** f(a_l): what the unit's nonlinearity made, before pooling and what else the unit ends in. */
  response(unit: Unit): Tensor;
  /** h_{l−1}: what the unit's layer with weights took. */
  input(unit: Unit): Tensor;
  /** x, in the shape of `response`, where the unit is active: 0 where its f′ is 0, as below a ReLU's threshold. */
  whereActive(unit: Unit, x: Tensor): Tensor;
  /** The signal at f(a_l), in the shape of `response`, that one at the unit's output is: back through pooling and dropout. */
  atActivation(unit: Unit, signal: Tensor): Tensor;
  /** δ = signal ⊙ f′(a_l), for a signal in the shape of `response`. */
  throughActivation(unit: Unit, signal: Tensor): Tensor;
  /**
   * What the unit's trainable parameters get of a signal that arrives at its output, or, past f′, at its pre-activation in
   * the shape of `response`.
   */
  updates(unit: Unit, signal: Tensor, place: SignalPlace): readonly Update[];
}

/** How the loss moves, to first order, along directions. */
export interface Slope {
  /** Of each example its own part, [N]. Where layers mix examples, as batch normalization does, that of all together: [1]. */
  readonly examples: Tensor;
  /**
   * Of what the numbers of a unit's nonlinearity can move, in equal parts of them, one after the other: [N·parts]. The whole,
   * as `examples` is, but where a loss is taken in parts, as that of a block with groups.
   */
  of(unit: Unit): Tensor;
}

/**
 * What one training step offers to a rule; each thing is computed at most once, and only if asked for.
 *
 * The tensors live as long as the step's `tidy`, which also frees whatever a rule makes of them. Do not ask for them
 * in a `tidy` of your own: it would free what the rest of the step still needs.
 */
export interface Pass<S = unknown> extends ForwardLook {
  readonly network: Network;
  /** The rule's state, as `init` or `learn` left it. */
  readonly state: S;
  /** Training steps taken before this one. */
  readonly step: number;
  /**
   * Random numbers of this step, for the rule. Take a stream of it by name, never numbers from itself.
   *
   * @throws FeedalignError `invalid-option` when the pass was made without any
   */
  readonly rng: Rng;
  /** e = ∂L/∂logits [N, errorSize], the outputs side by side. */
  readonly error: Tensor;
  /** How much the loss of one example counts: 1/N in a mean over the batch, 1 in a sum. */
  readonly share: number;
  /** A factor of each example, [N], where some count more than others; the error has it already. */
  readonly weights: Tensor | undefined;
  /** One tensor for each output, as the loss takes them. */
  readonly targets: readonly Tensor[];
  /** What the forward pass left behind, by node: for rules that compute with parts of the network. */
  readonly record: ForwardRecord;
  /**
   * How the loss moves, to first order, along directions.
   *
   * @throws FeedalignError as `jvp` does
   */
  along(directions: Directions): Slope;
  /** How the loss moves along what the rule's `ahead` says, if the forward pass took that along. */
  readonly carried: readonly Slope[] | undefined;
  /** The same losses, for the same targets, of other logits: one tensor for each output. */
  objectiveOf(logits: readonly Tensor[]): Objective;
  /**
   * Another forward pass of this step, over other inputs, one for each of the network's: dropout has the same masks, and no
   * moving average moves.
   */
  again(inputs: readonly Tensor[]): ForwardLook;
  /**
   * The signal that reaches the unit's output from the units above, given the teaching signals that those have:
   * Σ δ_above K_aboveᵀ, through whatever lies between. K is the unit's own kernel, or the route's.
   * Pass the same route each time: what it leads to is computed once. Null when nothing above has a signal.
   *
   * @throws FeedalignError `invalid-option`, `shape-mismatch` where the route has no kernel for a unit, or another shape
   */
  fromAbove(unit: Unit, route?: Route<S>): Tensor | null;
  /**
   * The signal that reaches the unit's output from the units below, given the δ that those have: Σ δ_below W, as the
   * network carries a small change of their pre-activations up, but for the activations within units, whose f′ δ has
   * already and the unit's own signal gets on its way back. Null when nothing below has a δ.
   *
   * @throws FeedalignError `unsupported-layer` for a layer on the way that has no `tangent`
   */
  fromBelow(unit: Unit): Tensor | null;
  /** The teaching signal at the unit's output, [N, …unit.outputShape], or where the rule gives it; null when there is none. */
  signal(unit: Unit): Tensor | null;
  /** δ_l = ∂L/∂a_l as the rule sees it, at the pre-activation of the unit's layer with weights. */
  delta(unit: Unit): Tensor | null;
  /**
   * What the optimizer has to do: the gradients that the rule has for the parameters, none of them computed yet, and
   * what the rule makes of them; a unit without a signal has none.
   * `learns` says which parameters take part; default those that are trainable now. Without `penalties` what regularizers
   * add is left out; `units` are those that are asked, all of them by default.
   */
  gradients(
    learns?: (parameter: Parameter) => boolean,
    options?: { readonly penalties?: boolean; readonly units?: readonly Unit[] },
  ): readonly Update[];
  /** The same forward pass under backpropagation: the true signals and gradients, for metrics. */
  readonly truth: Pass<null>;
  /**
   * This pass for a rule inside the rule: with a part of the state, and random numbers of its own. One for each name.
   */
  inner<T>(name: string, state: T): Pass<T>;
}

/** A parameter and the gradient that a rule has for it. */
export interface Update {
  readonly parameter: Parameter;
  readonly gradient: Gradient;
  /** The share of the parameter that goes before the step, whatever the learning rate: W ← (1 − decay)·W. Default 0. */
  readonly decay?: number;
}

/** Where in a unit a signal arrives: at its output, or at its pre-activation a_l, past f′. */
export type SignalPlace = 'output' | 'pre-activation';

/** Units that learn by a loss of their own, before what is above them is computed. */
export interface Stage<S> {
  readonly units: readonly Unit[];
  /** The node that they lead to. */
  readonly end: Node;
  /** Their loss, a scalar: if it is not finite, neither they nor anybody after them learns in this step. */
  loss(pass: Pass<S>): Tensor;
}

/** Whether a rule teaches this unit. */
export type Teaches = (unit: Unit) => boolean;

/**
 * A way to teach without, or with, backpropagation: a value, whose only say is the signal that each unit's
 * output gets. It sees neither a layer's class nor the topology.
 *
 * Outputs are not asked: their signal is the true error.
 *
 * @example
 * ```ts
 * const backprop: FeedbackRule<null> = { name: 'bp', options: {}, init: () => null, signal: (unit, pass) => pass.fromAbove(unit) };
 * ```
 */
export interface FeedbackRule<S extends TensorTree = TensorTree> {
  /** Its name in the table of rules. */
  readonly name: string;
  /** What it was made with: plain JSON, from which `restore` makes it again. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * Draws feedback for the hidden units, or for those that it will teach. Called in a `tidy` whose result is kept.
   */
  init(network: Network, rng: Rng, teaches?: Teaches): S;
  /** What `init` would make, without making it, for a rule whose `init` takes long or needs what is not there any more. */
  outline?(network: Network, teaches?: Teaches): Outline;
  /** [N, …unit.outputShape], or as `place` has it; null for a unit that does not learn, or not by a signal. */
  signal(unit: Unit, pass: Pass<S>): Tensor | null;
  /** Where the signal is given. Default at the unit's output. */
  place?(unit: Unit, pass: Pass<S>): SignalPlace;
  /**
   * What a unit's parameters get without a signal, outputs included, for rules that estimate gradients in another way;
   * undefined where signals teach it. A parameter of several units gets the sum of what there is for it.
   */
  estimate?(unit: Unit, pass: Pass<S>): readonly Update[] | undefined;
  /**
   * The directions along which `pass.carried` has the slopes, where they follow from nothing that the forward pass makes: it
   * then takes them along, and keeps of itself what output units learn from alone. Memory does not grow with depth.
   */
  ahead?(given: Pick<Pass<S>, 'network' | 'state' | 'rng'>): readonly Directions[];
  /**
   * Units that learn as soon as what they lead to is computed, and before anything above is; undefined where all learn
   * together. Whatever the forward pass left of them is gone then.
   */
  stages?(network: Network, state: S): readonly Stage<S>[] | undefined;
  /** The matrix that the unit's kernel is expected to align with, of the kernel's size; for the metrics. */
  alignmentTarget?(unit: Unit, pass: Pass<S>): Tensor | null;
  /** What one should know before training this network by this rule, a sentence each. */
  warnings?(network: Network): string[];
  /**
   * Feedback that the optimizer trains as it trains weights: variables of the state, the same ones as long as it lives.
   */
  parameters?(network: Network, state: S): readonly Parameter[];
  /**
   * What becomes of the gradients of one unit's parameters, those that learn; regularizers are added to what comes out.
   * What several calls share comes with the first of them.
   */
  updates?(unit: Unit, updates: readonly Update[], pass: Pass<S>): readonly Update[];
  /** The state after this step, for rules whose feedback learns by itself. */
  learn?(pass: Pass<S>): S;
  /** True when the state cannot be drawn again from the seed: a saved model then carries it. */
  readonly savesState?: boolean;
  /**
   * That whatever the rule does follows from the pass, its state and its options alone: an engine may then repeat a step
   * from a recording. A rule that does not say so is asked in every step.
   */
  readonly pure?: boolean;
  /** Of a pure rule that asks for `pass.step`: steps that it treats alike have the same word. */
  phase?(step: number): string;
}

/** The units that a rule gives signals to. */
export const hiddenUnits = (network: Network): readonly Unit[] =>
  network.units.filter((unit) => !unit.isOutput);
