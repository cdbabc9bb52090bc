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
import type { initializers, LayerVariable, layers } from '@tensorflow/tfjs-layers';

type DenseSettings = Parameters<typeof layers.dense>[0];
type Shape = (number | null)[];
type Initializer = ReturnType<typeof initializers.zeros>;

export interface GroupedDenseSettings extends DenseSettings {
  /** Of how many groups inputs and units are; it divides the number of both. */
  readonly groups: number;
}

/** What tfjs' dense layer keeps to itself. */
interface DenseParts extends layers.Layer {
  readonly units: number;
  readonly useBias: boolean;
  readonly activation: { apply(x: Tensor): Tensor };
  readonly kernelInitializer: Initializer;
  readonly kernelRegularizer: never;
  readonly kernelConstraint: never;
  readonly biasInitializer: Initializer;
  readonly biasRegularizer: never;
  readonly biasConstraint: never;
}

const classOf = (name: string) => serialization.SerializationMap.getMap().classNameMap[name][0] as unknown;
const Dense = classOf('Dense') as new (settings: DenseSettings) => DenseParts;
const VarianceScaling = classOf('VarianceScaling') as new () => Initializer;

const lastOf = (shape: Shape | Shape[]) => (Array.isArray(shape[0]) ? shape[0] : (shape as Shape)).at(-1);

/**
 * A dense layer of groups: y_g = f(x_g·W_g + b_g), where x_g are the inputs of group g, one group after the other along the
 * last axis. Its kernel has groups·(inputs/groups)·(units/groups) numbers, a `groups`-th of those of a dense layer.
 *
 * Inputs [N, …, inputs], `kernel` [groups, inputs/groups, units/groups], `bias` [units], outputs [N, …, units]. It takes what
 * `tf.layers.dense` takes, with the same defaults, and `groups`; an initializer that goes by fans goes by those of a group.
 * A model that has it is loaded where this package is imported.
 *
 * Source: the second linear layer of a block in Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310).
 *
 * @throws FeedalignError `invalid-option` for groups that do not divide the units, or, when it is built, the inputs
 * @example
 * ```ts
 * model.add(new GroupedDense({ units: 512, groups: 16, activation: 'relu' }));
 * ```
 */
export class GroupedDense extends Dense {
  static readonly className = 'GroupedDense';
  readonly groups: number;
  private ownKernel?: LayerVariable;
  private ownBias?: LayerVariable;

  constructor({ groups, ...settings }: GroupedDenseSettings) {
    super(settings);
    if (!Number.isSafeInteger(groups) || groups < 1) {
      throw new FeedalignError(
        'invalid-option',
        `The layer '${this.name}' (GroupedDense) has ${groups} groups.`,
        'Give a whole number from 1 on.',
      );
    }
    this.groups = groups;
    this.share(this.units, 'units');
  }

  /** A group's share of so many. */
  private share(count: number, what: string): number {
    if (count % this.groups === 0) return count / this.groups;
    throw new FeedalignError(
      'invalid-option',
      `The layer '${this.name}' (GroupedDense) has ${count} ${what}, which ${this.groups} groups do not divide.`,
      `Give groups that divide the inputs and the units, or ${what} that are a multiple of ${this.groups}.`,
    );
  }

  /** A unit sees the inputs of its own group, and an input is seen by the units of its own. */
  get kernelFans() {
    const [, fanIn, fanOut] = (this.ownKernel as LayerVariable).shape as number[];
    return { fanIn, fanOut };
  }

  override build(inputShape: Shape | Shape[]): void {
    const inputs = lastOf(inputShape) as number;
    const shape = [this.groups, this.share(inputs, 'inputs'), this.share(this.units, 'units')];
    const initializer = this.kernelInitializer;
    // tfjs takes the first axis for a window, and fans for `groups` times what they are.
    const ofGroup = {
      apply: (of: number[]) => tidy(() => mul(initializer.apply(of), Math.sqrt(this.groups))),
    };
    this.ownKernel = this.addWeight(
      'kernel',
      shape,
      'float32',
      initializer instanceof VarianceScaling ? (ofGroup as unknown as Initializer) : initializer,
      this.kernelRegularizer,
      true,
      this.kernelConstraint,
    );
    if (this.useBias) {
      const { biasInitializer, biasRegularizer, biasConstraint } = this;
      this.ownBias = this.addWeight(
        'bias',
        [this.units],
        'float32',
        biasInitializer,
        biasRegularizer,
        true,
        biasConstraint,
      );
    }
    this.inputSpec = [{ minNDim: 2, axes: { [-1]: inputs } } as never];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], given: Parameters<layers.Layer['call']>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, given);
      const [x] = [inputs].flat();
      const kernel = (this.ownKernel as LayerVariable).read();
      const apart = transpose(reshape(x, [-1, this.groups, kernel.shape[1] as number]), [1, 0, 2]);
      const products = transpose(matMul(apart, kernel), [1, 0, 2]);
      const a = reshape(products, [...x.shape.slice(0, -1), this.units]);
      return this.activation.apply(this.ownBias ? add(a, this.ownBias.read()) : a);
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups };
  }
}

serialization.registerClass(GroupedDense as never);
