import {
  gradientBy,
  groupedInputGradient,
  groupedKernelGradient,
  groupedProduct,
  sumLeading,
} from '@feedalign/backend';
import {
  type Adapter,
  affineTangent,
  parameterOf,
  present,
  requiredParameter,
  withActivation,
} from '../adapter.js';
import { like, rows } from './rows.js';

/** GroupedDense of `@feedalign/models`: a_g = x_g·W_g + b_g over groups of the last axis. */
export const groupedDense: Adapter = ({ layer, activation, inputShapes, outputShape }) => {
  const kernel = requiredParameter(layer, 'kernel');
  const bias = parameterOf(layer, 'bias');
  const [groups, fanIn, fanOut] = kernel.variable.shape as [number, number, number];
  return {
    kernel,
    fans: { fanIn, fanOut },
    parameters: present(kernel, bias),
    ...withActivation(activation, ([x], fused) =>
      like(
        groupedProduct({ x: rows(x), kernel: kernel.variable, bias: bias?.variable }, { activation: fused }),
        [x.shape[0], ...outputShape],
      ),
    ),
    gradients: ({ inputs }, delta) => {
      const given = { input: rows(inputs[0]), delta: rows(delta) };
      return [
        gradientBy(groupedKernelGradient, given, { groups }),
        gradientBy(sumLeading, { x: given.delta }, {}),
      ];
    },
    inputGradient: (_record, delta, _index, feedback) =>
      like(groupedInputGradient({ delta: rows(delta), kernel: feedback ?? kernel.variable }, {}), [
        delta.shape[0],
        ...inputShapes[0],
      ]),
    tangent: (_record, change) =>
      like(groupedProduct({ x: rows(change), kernel: kernel.variable }, {}), [
        change.shape[0],
        ...outputShape,
      ]),
    parameterTangent: affineTangent(([x], change) =>
      like(groupedProduct({ x: rows(x), kernel: change }, {}), [x.shape[0], ...outputShape]),
    ),
  };
};
