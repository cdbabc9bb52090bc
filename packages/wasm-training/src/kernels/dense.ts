import { activations, type ProductAttributes, type ProductInputs } from '@feedalign/backend';
import type { TensorInfo, Variable } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import { asTensor, type Into, type Kernels, rowsOf } from '../kernel.js';
import { matrix, multiply, productOf } from '../product.js';

interface Inputs {
  readonly input: TensorInfo;
  readonly delta: TensorInfo;
}

/** Dense layers: the product, both gradients, and the sum over leading axes for the bias. */
export const dense: Kernels = (engine) => ({
  FeedalignProduct: (inputs: ProductInputs, { activation = 'linear', ...transposed }: ProductAttributes) => {
    if (isFast(activation)) {
      return productOf(engine, inputs, { ...transposed, activation: activationNumbers[activation] });
    }
    return activations[activation].forward(asTensor(productOf(engine, inputs, transposed)));
  },

  FeedalignDenseKernelGradient: ({ input, delta }: Inputs) =>
    productOf(engine, { a: input, b: delta }, { transposeA: true }),

  FeedalignDenseKernelGradientInto: (
    { input, delta, variable }: Inputs & { variable: Variable },
    finish: Into,
  ) => {
    const result = engine.owned(variable);
    const a = matrix(engine.at(input), input.shape, true);
    multiply(engine, a, matrix(engine.at(delta), delta.shape), result, finish);
    return [];
  },

  FeedalignDenseInputGradient: ({ delta, kernel }: { delta: TensorInfo; kernel: TensorInfo }) =>
    productOf(engine, { a: delta, b: kernel }, { transposeB: true }),

  FeedalignSumLeading: ({ x }: { x: TensorInfo }) => {
    const { rows, columns } = rowsOf(x);
    const out = engine.output([columns]);
    engine.run('sumRows', engine.parts(rows * columns), engine.at(x), engine.at(out), rows, columns, 1, 0);
    return out;
  },

  FeedalignSumLeadingInto: (
    { x, variable }: { x: TensorInfo; variable: Variable },
    { scale, keep }: Into,
  ) => {
    const { rows, columns } = rowsOf(x);
    const result = engine.owned(variable);
    engine.run('sumRows', engine.parts(rows * columns), engine.at(x), result, rows, columns, scale, keep);
    return [];
  },
});
