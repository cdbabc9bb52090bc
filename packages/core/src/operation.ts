import { add, mul, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Rng } from './rng.js';
import { numberNow, type Scalar } from './scalar.js';

/** A trainable array of a layer. */
export interface Parameter {
  /** Unique in the network, as `dense_1/kernel`. */
  readonly name: string;
  readonly variable: Variable;
  /** Whether the owner of the model lets it learn at this moment. */
  readonly trainable: boolean;
  /** What a regularizer adds to the loss for this value, a scalar. */
  readonly penalty?: (value: Tensor) => Tensor;
  /** Brings the value back to where it has to stay, after each update. */
  readonly constrain?: (value: Tensor) => Tensor;
}

/**
 * The gradient of the loss by one parameter, not yet computed: what nobody asks for costs nothing,
 * and an engine that can add a product to a variable in place need not make a tensor of it.
 */
export interface Gradient {
  compute(): Tensor;
  /** variable ← keep·variable + scale·gradient */
  addTo(variable: Variable, scale: Scalar, keep: Scalar): void;
  /** That `addTo` does no more than to add what `compute` makes: an engine may have a better way to do that. */
  readonly plain?: true;
}

/** A gradient that is a tensor, computed by `compute`. */
export const gradientOf = (compute: () => Tensor): Gradient => ({
  compute,
  addTo: (variable, scale, keep) => accumulate(variable, compute(), scale, keep),
  plain: true,
});

/** variable ← keep·variable + scale·value */
export function accumulate(variable: Variable, value: Tensor, scale: Scalar, keep: Scalar): void {
  variable.assign(accumulated(variable, value, numberNow(scale), numberNow(keep)));
}

/** keep·kept + scale·value */
export function accumulated(kept: Tensor, value: Tensor, scale: number, keep: number): Tensor {
  const scaled = scale === 1 ? value : mul(value, scale);
  return keep === 0 ? scaled : add(keep === 1 ? kept : mul(kept, keep), scaled);
}

/** What a kernel joins: how many numbers make one of its output, and how many one of its input helps to make. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
  /** Places of a window, which both of them count; as many as the kernel's axes before the last two have where it is left out. */
  readonly window?: number;
}

/** What one call of an operation left behind for the way back. */
export interface Recorded<Saved = unknown> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** What else the operation's own backward functions need. */
  readonly saved?: Saved;
  /** What has to live on beside the output: a mask that layers above need, statistics that `settle` takes. */
  readonly beside?: readonly Tensor[];
  /** What a training step changes of the layer beside its parameters, such as moving averages: done with the update. */
  readonly settle?: () => void;
}

export interface ForwardContext {
  /** True in a training step: dropout drops, batch normalization uses and records the batch's statistics. */
  readonly training: boolean;
  /** Random numbers of this node at this step. */
  readonly rng: () => Rng;
}

/**
 * The mathematics of one layer's call, stated once: y = f(a), a = g(inputs; parameters).
 *
 * Shapes: N examples in a batch; inputs [N, …in], a and y [N, …out].
 */
export interface Operation<Saved = unknown> {
  /** The weight that carries signals backwards under backpropagation and that feedback may stand in for. */
  readonly kernel?: Parameter;
  /** How many numbers the kernel joins; what a kernel of the layout […window, in, out] has where it is left out. */
  readonly fans?: Fans;
  readonly parameters: readonly Parameter[];
  /** A word for what it computes by, beside tensors, where that may be set otherwise between steps. */
  readonly setting?: () => string;
  /** Whether in training an example's output follows from other examples of the batch too, at this moment. Default no. */
  readonly mixesExamples?: () => boolean;
  /**
   * Into how many equal parts, one after the other, an example falls that are computed apart: the places of a dense layer, and
   * Infinity where each number is. Default 1: all of an example is mixed.
   */
  readonly apart?: number;
  /** That it takes whole numbers, by which it looks something up: a small change of them means nothing. Default no. */
  readonly takesIndices?: boolean;
  forward(inputs: readonly Tensor[], context: ForwardContext): Recorded<Saved>;
  /** δ = signal ⊙ f′(a): from a signal at y to the teaching signal at a; left out where f is the identity. */
  delta?(record: Recorded<Saved>, signal: Tensor): Tensor;
  /** The gradients by the parameters, in their order, given δ [N, …out]. */
  gradients?(record: Recorded<Saved>, delta: Tensor): readonly Gradient[];
  /** The signal for input number `index`, given δ; `kernel` takes the weight's place on the way back. */
  inputGradient(record: Recorded<Saved>, delta: Tensor, index: number, kernel?: Tensor): Tensor;
  /**
   * What a small change of input number `index` does to a, to first order: the transpose of `inputGradient`, by the
   * present weights; [N, …in] → [N, …out]. Left out by a layer that nothing can be carried up through.
   */
  tangent?(record: Recorded<Saved>, change: Tensor, index: number): Tensor;
  /**
   * What small changes of the parameters, in their order, do to a, to first order: the transpose of `gradients`. Null
   * where none of them changes. Left out by a layer without parameters, or without a tangent.
   */
  parameterTangent?(record: Recorded<Saved>, changes: readonly (Tensor | null)[]): Tensor | null;
  /** x where f′(a) is 1, and 0 where it is 0; left out where f′ is anything else. */
  gate?(record: Recorded<Saved>, x: Tensor): Tensor;
  /** y′ = f′(a) a′: from a change of a to that of y; left out where f′ is symmetric, and `delta` is the same. */
  activationTangent?(record: Recorded<Saved>, change: Tensor): Tensor;
}
