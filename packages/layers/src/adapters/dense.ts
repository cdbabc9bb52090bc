import { denseInputGradient, denseKernelGradient, gradientBy, product, sumLeading } from '@feedalign/backend';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import {
  type Adapter,
  affineTangent,
  parameterOf,
  present,
  requiredParameter,
  withActivation,
} from '../adapter.js';

/** Examples and all leading axes together: [N, …, d] → [M, d]. */
const rows = (x: Tensor) => (x.rank === 2 ? x : reshape(x, [-1, x.shape[x.rank - 1]]));
const like = (x: Tensor, shape: readonly number[]) => (x.rank === shape.length ? x : reshape(x, [...shape]));

/** Dense: a = xW + b over the last axis. */
export const dense: Adapter = ({ layer, activation, inputShapes, outputShape }) => {
  const kernel = requiredParameter(layer, 'kernel');
  const bias = parameterOf(layer, 'bias');
  return {
    kernel,
    parameters: present(kernel, bias),
    ...withActivation(activation, ([x], fused) =>
      like(product({ a: rows(x), b: kernel.variable, bias: bias?.variable }, { activation: fused }), [
        x.shape[0],
        ...outputShape,
      ]),
    ),
    gradients: ({ inputs }, delta) => {
      const given = { input: rows(inputs[0]), delta: rows(delta) };
      return [gradientBy(denseKernelGradient, given, {}), gradientBy(sumLeading, { x: given.delta }, {})];
    },
    inputGradient: (_record, delta, _index, feedback) =>
      like(denseInputGradient({ delta: rows(delta), kernel: feedback ?? kernel.variable }, {}), [
        delta.shape[0],
        ...inputShapes[0],
      ]),
    tangent: (_record, change) =>
      like(product({ a: rows(change), b: kernel.variable }, {}), [change.shape[0], ...outputShape]),
    parameterTangent: affineTangent(([x], change) =>
      like(product({ a: rows(x), b: change }, {}), [x.shape[0], ...outputShape]),
    ),
  };
};
