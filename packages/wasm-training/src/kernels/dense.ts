import { activations, type ProductAttributes, type ProductInputs } from '@feedalign/backend';
import type { TensorInfo, Variable } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import { asTensor, type Into, type Kernels, rowsOf } from '../kernel.js';
import { matrix, multiply, productOf } from '../product.js';
import { sumOverRows } from '../reduction.js';

interface Inputs {
  readonly input: TensorInfo;
  readonly delta: TensorInfo;
}

/** Dense layers: the product, both gradients, and the sum over leading axes for the bias. */
export const dense: Kernels = (engine) => ({
  FeedalignProduct: (inputs: ProductInputs, attributes: ProductAttributes) => {
    const { activation = 'linear', transposeA, transposeB } = attributes;
    if (isFast(activation)) {
      return productOf(engine, inputs, { transposeA, transposeB, activation: activationNumbers[activation] });
    }
    return activations[activation].forward(asTensor(productOf(engine, inputs, { transposeA, transposeB })));
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
    sumOverRows(engine, [rows, columns], { x: engine.at(x) }, engine.at(out));
    return out;
  },

  FeedalignSumLeadingInto: ({ x, variable }: { x: TensorInfo; variable: Variable }, finish: Into) => {
    const { rows, columns } = rowsOf(x);
    sumOverRows(engine, [rows, columns], { x: engine.at(x) }, engine.owned(variable), finish);
    return [];
  },
});
