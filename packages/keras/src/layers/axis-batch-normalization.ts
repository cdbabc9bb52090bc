import { reshape, type serialization, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { classes } from './parts.js';
import { axisIn, first, type Shape } from './shapes.js';

const BatchNormalization = classes().BatchNormalization[0] as unknown as new (
  settings: serialization.ConfigDict,
) => layers.Layer;

/** The axes with one of them moved to the end. */
const movedLast = (rank: number, axis: number): number[] => [
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis),
  axis,
];

/**
 * `BatchNormalization` of an axis that is not the last one, or of volumes, with the arguments of
 * `tf.layers.batchNormalization`: tfjs' own takes the wrong means there, and no more than four axes.
 */
export class AxisBatchNormalization extends BatchNormalization {
  static readonly className = 'AxisBatchNormalization';
  private readonly channels: number;

  constructor(settings: serialization.ConfigDict) {
    super({ ...settings, axis: -1 });
    this.channels = settings.axis as number;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = first(inputShape);
    const axes = movedLast(shape.length, axisIn(this.channels, shape.length));
    super.build(axes.map((axis) => shape[axis]));
    // What it asks of the last axis does not hold of the input.
    this.inputSpec = [{ ndim: shape.length }] as never;
  }

  override call(inputs: Tensor | Tensor[], given: Record<string, unknown>): Tensor {
    return tidy(() => {
      const [x] = [inputs].flat();
      const axes = movedLast(x.rank, axisIn(this.channels, x.rank));
      const last = transpose(x, axes);
      // A matrix, since tfjs takes no more than four axes.
      const y = super.call(reshape(last, [-1, last.shape[x.rank - 1]]), given) as Tensor;
      return transpose(
        reshape(y, last.shape),
        axes.map((_, i) => axes.indexOf(i)),
      );
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: this.channels };
  }
}
