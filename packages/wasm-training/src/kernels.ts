import {
  type AdamAttributes,
  type AdamInputs,
  activations,
  type ProductAttributes,
  type ProductInputs,
} from '@feedalign/backend';
import {
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type TensorInfo,
  engine as tfjs,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';
import { isFused, matrix, multiply, productOf } from './product.js';

// biome-ignore lint/suspicious/noExplicitAny: each kernel knows its own inputs and attributes; tfjs passes them untyped.
type Kernel = (inputs: any, attributes: any) => TensorInfo | TensorInfo[];

const asTensor = (info: TensorInfo) => tfjs().makeTensorFromTensorInfo(info);
const sizeOf = ({ shape }: TensorInfo) => shape.reduce((size, dimension) => size * dimension, 1);

/** Numbers of the last axis, and rows of them. */
const rowsOf = (x: TensorInfo) => {
  const columns = x.shape[x.shape.length - 1];
  return { columns, rows: sizeOf(x) / columns };
};

interface DenseInputs {
  readonly input: TensorInfo;
  readonly delta: TensorInfo;
}
interface Into {
  readonly scale: number;
  readonly keep: number;
}

/** The training primitives of `@feedalign/backend` in their fast form, by their names in tfjs' registry. */
export const kernelsOver = (engine: Engine): Readonly<Record<string, Kernel>> => ({
  FeedalignProduct: (inputs: ProductInputs, attributes: ProductAttributes) => {
    const { activation = 'linear' } = attributes;
    if (isFused(activation)) return productOf(engine, inputs, { ...attributes, activation });
    const a = asTensor(productOf(engine, inputs, { ...attributes, activation: 'linear' }));
    return activations[activation].forward(a);
  },

  FeedalignDenseKernelGradient: ({ input, delta }: DenseInputs) =>
    productOf(engine, { a: input, b: delta }, { transposeA: true }),

  FeedalignDenseKernelGradientInto: (
    { input, delta, variable }: DenseInputs & { variable: Variable },
    { scale, keep }: Into,
  ) => {
    const result = engine.owned(variable);
    const a = matrix(engine.at(input), input.shape, true);
    multiply(engine, a, matrix(engine.at(delta), delta.shape), result, { scale, keep });
    return [];
  },

  FeedalignDenseInputGradient: ({ delta, kernel }: { delta: TensorInfo; kernel: TensorInfo }) =>
    productOf(engine, { a: delta, b: kernel }, { transposeB: true }),

  FeedalignSumLeading: ({ x }: { x: TensorInfo }) => {
    const { rows, columns } = rowsOf(x);
    const out = engine.output([columns]);
    engine.assembly.sumRows(engine.at(x), engine.at(out), rows, columns);
    return out;
  },

  FeedalignSumLeadingInto: (
    { x, variable }: { x: TensorInfo; variable: Variable },
    { scale, keep }: Into,
  ) => {
    const { rows, columns } = rowsOf(x);
    const sums = engine.scratch(columns * 4);
    const result = engine.owned(variable);
    engine.assembly.sumRows(engine.at(x), sums, rows, columns);
    engine.assembly.accumulate(result, sums, columns, scale, keep);
    return [];
  },

  FeedalignAdamStep: (
    { variable, mean, meanSquare, gradient }: AdamInputs,
    { learningRate, beta1, beta2, epsilon, step }: AdamAttributes,
  ) => {
    const [weights, first, second] = [variable, mean, meanSquare].map((each) => engine.owned(each));
    const rate = learningRate / (1 - beta1 ** step);
    const correction = 1 / (1 - beta2 ** step);
    engine.assembly.adam(
      weights,
      first,
      second,
      engine.at(gradient),
      variable.size,
      rate,
      beta1,
      beta2,
      correction,
      epsilon,
    );
    return [];
  },
});

/** A kernel in the form that tfjs registers. */
export const configOf = (kernelName: string, kernel: Kernel): KernelConfig => ({
  kernelName,
  backendName: 'wasm',
  kernelFunc: (({ inputs, attrs }) => kernel(inputs, attrs ?? ({} as NamedAttrMap))) as KernelFunc,
});
