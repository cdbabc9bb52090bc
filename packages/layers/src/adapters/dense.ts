import { denseInputGradient, denseKernelGradient, gradientBy, product, sumLeading } from '@feedalign/backend';
import {
  type Adapter,
  affineTangent,
  parameterOf,
  present,
  requiredParameter,
  withActivation,
} from '../adapter.js';
import { like, rows } from './rows.js';

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
