import type { Optimizer, Parameter } from '@feedalign/core';
import { type Tensor, type Optimizer as TfjsOptimizer, tidy } from '@tensorflow/tfjs-core';

/**
 * An optimizer of tfjs as one of ours: it keeps its own state, and its learning rate may be changed while it runs.
 * What it holds is its owner's to free: `dispose` frees nothing here.
 *
 * @example
 * ```ts
 * import { train as tfTrain } from '@tensorflow/tfjs-core';
 * const optimizer = fromTfjs(tfTrain.adagrad(0.01));
 * ```
 */
export function fromTfjs(optimizer: TfjsOptimizer): Optimizer<readonly Parameter[]> {
  return {
    name: optimizer.getClassName(),
    init: (parameters) => parameters,
    apply: (updates, parameters) =>
      tidy(() => {
        const gradients = new Map(updates.map((update) => [update.parameter, update.gradient]));
        // tfjs tells its accumulators apart by place: every parameter keeps its place, with or without a gradient.
        const tensors = parameters.map((parameter) => ({
          name: parameter.variable.name,
          tensor: gradients.get(parameter)?.compute() ?? null,
        }));
        optimizer.applyGradients(tensors as { name: string; tensor: Tensor }[]);
      }),
    dispose: () => {},
  };
}
