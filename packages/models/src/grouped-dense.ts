import { FeedalignError } from '@feedalign/core';
import {
  add,
  matMul,
  mul,
  reshape,
  serialization,
  type Tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, layers } from '@tensorflow/tfjs-layers';
import { Dense, type DenseSettings, type Initializer, VarianceScaling } from './stock-dense.js';

type Shape = (number | null)[];

export interface GroupedDenseSettings extends DenseSettings {
  /** Of how many groups inputs and units are; it divides the number of both. */
  readonly groups: number;
  /** The axis that it joins, the batch's being 0. Default −1, the last one. */
  readonly axis?: number;
}

const one = (shape: Shape | Shape[]) => (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;

/** The same axis at the end, or back from there. */
const moved = (x: Tensor, axis: number, isBack = false): Tensor => {
  const last = x.rank - 1;
  if (axis === last) return x;
  const axes = x.shape.map((_, i) => i).filter((i) => i !== (isBack ? last : axis));
  if (isBack) axes.splice(axis, 0, last);
  return transpose(x, isBack ? axes : [...axes, axis]);
};

/**
 * A dense layer of groups: y_g = f(x_g·W_g + b_g), where x_g are the inputs of group g, one group after the other along an
 * axis. Its kernel has groups·(inputs/groups)·(units/groups) numbers, a `groups`-th of those of a dense layer.
 *
 * Inputs [N, …, inputs], `kernel` [groups, inputs/groups, units/groups], `bias` [units], outputs [N, …, units]; with an `axis`
 * that is not the last, inputs and units are there. It takes what `tf.layers.dense` takes, with the same defaults, and `groups`
 * and `axis`; an initializer that goes by fans goes by those of a group. A model that has it is loaded where this package is
 * imported.
 *
 * Source: the second linear layer of a block in Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310); over the axis of
 * places, with one group, the first one.
 *
 * @throws FeedalignError `invalid-option` for groups that do not divide the units, or, when it is built, the inputs, and for
 * an axis that the input has not
 * @example
 * ```ts
 * model.add(new GroupedDense({ units: 512, groups: 16, activation: 'relu' }));
 * ```
 */
export class GroupedDense extends Dense {
  static readonly className = 'GroupedDense';
  readonly groups: number;
  readonly axis: number;
  private ownKernel?: LayerVariable;
  private ownBias?: LayerVariable;

  constructor({ groups, axis = -1, ...settings }: GroupedDenseSettings) {
    super(settings);
    this.groups = groups;
    this.axis = axis;
    if (!Number.isSafeInteger(groups) || groups < 1) {
      this.refuse(`has ${groups} groups`, 'Give a whole number from 1 on.');
    }
    this.share(this.units, 'units');
  }

  private refuse(problem: string, wayOut: string): never {
    throw new FeedalignError('invalid-option', `The layer '${this.name}' (GroupedDense) ${problem}.`, wayOut);
  }

  /** A group's share of so many. */
  private share(count: number, what: string): number {
    if (count % this.groups === 0) return count / this.groups;
    return this.refuse(
      `has ${count} ${what}, which ${this.groups} groups do not divide`,
      `Give groups that divide the inputs and the units, or ${what} that are a multiple of ${this.groups}.`,
    );
  }

  private axisIn({ length }: readonly unknown[]): number {
    const axis = this.axis < 0 ? this.axis + length : this.axis;
    if (Number.isInteger(axis) && axis > 0 && axis < length) return axis;
    return this.refuse(
      `has the axis ${this.axis}, but takes inputs of ${length} axes`,
      `Give one from 1 to ${length - 1}, or from −1 on backwards.`,
    );
  }

  /** A unit sees the inputs of its own group, and an input is seen by the units of its own. */
  get kernelFans() {
    const [, fanIn, fanOut] = (this.ownKernel as LayerVariable).shape as number[];
    return { fanIn, fanOut, window: 1 };
  }

  override build(inputShape: Shape | Shape[]): void {
    const given = one(inputShape);
    const axis = this.axisIn(given);
    const inputs = given[axis] as number;
    const shape = [this.groups, this.share(inputs, 'inputs'), this.share(this.units, 'units')];
    const weight = (
      name: string,
      of: number[],
      ...[drawn, regularizer, constraint]: [Initializer, never, never]
    ) => this.addWeight(name, of, 'float32', drawn, regularizer, true, constraint);
    this.ownKernel = weight('kernel', shape, this.ofGroup(), this.kernelRegularizer, this.kernelConstraint);
    if (this.useBias) {
      const { biasInitializer, biasRegularizer, biasConstraint } = this;
      this.ownBias = weight('bias', [this.units], biasInitializer, biasRegularizer, biasConstraint);
    }
    this.inputSpec = [{ minNDim: 2, axes: { [axis - given.length]: inputs } } as never];
    this.built = true;
  }

  /** tfjs takes the kernel's first axis for a window, and its fans for `groups` times what they are. */
  private ofGroup(): Initializer {
    const { kernelInitializer, groups } = this;
    if (!(kernelInitializer instanceof VarianceScaling)) return kernelInitializer;
    const apply = (shape: number[]) => tidy(() => mul(kernelInitializer.apply(shape), Math.sqrt(groups)));
    return { apply } as unknown as Initializer;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = one(inputShape);
    const axis = this.axisIn(shape);
    return shape.map((size, i) => (i === axis ? this.units : size));
  }

  override call(inputs: Tensor | Tensor[], given: Parameters<layers.Layer['call']>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, given);
      const [x] = [inputs].flat();
      const axis = this.axisIn(x.shape);
      const last = moved(x, axis);
      const kernel = (this.ownKernel as LayerVariable).read();
      const apart = transpose(reshape(last, [-1, this.groups, kernel.shape[1] as number]), [1, 0, 2]);
      const products = transpose(matMul(apart, kernel), [1, 0, 2]);
      const a = reshape(products, [...last.shape.slice(0, -1), this.units]);
      return this.activation.apply(moved(this.ownBias ? add(a, this.ownBias.read()) : a, axis, true));
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups, axis: this.axis };
  }
}

serialization.registerClass(GroupedDense as never);
