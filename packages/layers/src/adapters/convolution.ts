import {
  type ConvolutionAttributes,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
  gradientBy,
  sumLeading,
} from '@feedalign/backend';
import {
  type Adapter,
  affineTangent,
  channelsLast,
  pair,
  parameterOf,
  present,
  requiredParameter,
  withActivation,
} from '../adapter.js';

/** Conv2D: a = x ∗ W + b, channels last. */
export const convolution2d: Adapter = channelsLast((call) => {
  const { layer, config, activation, inputShapes } = call;
  const kernel = requiredParameter(layer, 'kernel');
  const bias = parameterOf(layer, 'bias');
  const attributes: ConvolutionAttributes = {
    strides: pair(config.strides),
    dilations: pair(config.dilationRate ?? 1),
    padding: config.padding as 'same' | 'valid',
  };
  return {
    kernel,
    parameters: present(kernel, bias),
    ...withActivation(activation, ([x], fused) =>
      convolution({ x, kernel: kernel.variable, bias: bias?.variable }, { ...attributes, activation: fused }),
    ),
    gradients: ({ inputs: [x] }, delta) => [
      gradientBy(
        convolutionKernelGradient,
        { x, delta },
        { ...attributes, kernelShape: kernel.variable.shape },
      ),
      gradientBy(sumLeading, { x: delta }, {}),
    ],
    inputGradient: (_record, delta, _index, feedback) =>
      convolutionInputGradient(
        { delta, kernel: feedback ?? kernel.variable },
        { ...attributes, inputShape: [delta.shape[0], ...inputShapes[0]] },
      ),
    tangent: (_record, change) => convolution({ x: change, kernel: kernel.variable }, attributes),
    parameterTangent: affineTangent(([x], change) => convolution({ x, kernel: change }, attributes)),
  };
});
