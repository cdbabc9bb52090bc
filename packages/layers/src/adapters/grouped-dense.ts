import {
  activate,
  exchangeAxes,
  gradientBy,
  groupedInputGradient,
  groupedKernelGradient,
  groupedProduct,
  sumLeading,
} from '@feedalign/backend';
import { add, reshape, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { type Adapter, parameterOf, present, requiredParameter, withActivation } from '../adapter.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** Numbers as rows along one axis, the batch's being 0, of examples of this shape; and back from there. */
function rowsAlong(axis: number, shape: readonly number[]) {
  const isLast = axis === shape.length;
  const inner = sizeOf(shape.slice(axis));
  const places = sizeOf(shape.slice(0, axis - 1)) * inner;
  const exchanged = (x: Tensor, rows: number, columns: number) =>
    isLast ? x : exchangeAxes({ x: reshape(x, [x.size / (rows * columns), rows, columns, 1]) }, {});
  return {
    isLast,
    /** [N, …, d, …] → [M, d] */
    rows: (x: Tensor) => {
      const size = x.shape[axis];
      return isLast && x.rank === 2 ? x : reshape(exchanged(x, size, inner), [x.size / size, size]);
    },
    /** [M, d] → [N, …shape] */
    back: (y: Tensor, to: readonly number[]) =>
      isLast && to.length === 1
        ? y
        : reshape(exchanged(y, inner, to[axis - 1]), [y.shape[0] / places, ...to]),
  };
}

/** GroupedDense of `@feedalign/models`: a_g = x_g·W_g + b_g over groups of an axis. */
export const groupedDense: Adapter = ({ layer, config, activation, inputShapes, outputShape }) => {
  const kernel = requiredParameter(layer, 'kernel');
  const bias = parameterOf(layer, 'bias');
  const [groups, fanIn, fanOut] = kernel.variable.shape as [number, number, number];
  const [inputShape] = inputShapes;
  const given = config.axis as number;
  const axis = given < 0 ? given + inputShape.length + 1 : given;
  const { rows, back, isLast } = rowsAlong(axis, inputShape);
  const product = (
    x: Tensor,
    weights: Tensor,
    more: { bias?: Tensor; activation?: typeof activation } = {},
  ) =>
    back(
      groupedProduct({ x: rows(x), kernel: weights, bias: more.bias }, { activation: more.activation }),
      outputShape,
    );
  return {
    kernel,
    fans: { fanIn, fanOut, window: 1 },
    apart: sizeOf(inputShape.slice(0, axis - 1)) * groups,
    parameters: present(kernel, bias),
    ...withActivation(activation, ([x], fused) => {
      const own = { bias: bias?.variable };
      if (isLast) return product(x, kernel.variable, { ...own, activation: fused });
      // Some go along the last axis.
      const a = product(x, kernel.variable, own);
      return fused === 'linear' ? a : activate({ a }, { activation: fused });
    }),
    gradients: ({ inputs }, delta) => {
      const given = { input: rows(inputs[0]), delta: rows(delta) };
      return [
        gradientBy(groupedKernelGradient, given, { groups }),
        gradientBy(sumLeading, { x: given.delta }, {}),
      ];
    },
    inputGradient: (_record, delta, _index, feedback) =>
      back(groupedInputGradient({ delta: rows(delta), kernel: feedback ?? kernel.variable }, {}), inputShape),
    tangent: (_record, change) => product(change, kernel.variable),
    parameterTangent: ({ inputs: [x], output }, [ofKernel, ofBias]) => {
      if (ofKernel) return product(x, ofKernel, { bias: ofBias ?? undefined });
      return ofBias && back(add(rows(zerosLike(output)), ofBias), outputShape);
    },
  };
};
