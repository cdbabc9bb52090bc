import { cast, oneHot, randomUniform, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { type LayersModel, models } from '@tensorflow/tfjs-layers';
import type { Workload } from './workload.js';

/** The workload's model, its weights drawn by the seeds that it names. */
export const modelOf = ({ topology }: Workload) =>
  (models.modelFromJSON as (topology: object) => Promise<LayersModel>)(topology);

/**
 * So small that the weights hardly move: every block of steps computes with the same numbers, and none of them becomes
 * so small that the processor would slow down.
 */
export const learningRate = 1e-4;

/** Examples and their one-hot targets: the same numbers in every process. */
export function batchOf({ inputShape, classes }: Workload, count: number): { x: Tensor; y: Tensor } {
  const labels = Array.from({ length: count }, (_, i) => (i * 7) % classes);
  return {
    x: randomUniform([count, ...inputShape], 0, 1, 'float32', 1),
    y: cast(oneHot(tensor1d(labels, 'int32'), classes), 'float32'),
  };
}
