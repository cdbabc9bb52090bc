import {
  type ConvolutionAttributes,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
  gradientBy,
  sumLeading,
} from '@feedalign/backend';
import { gradientOf } from '@feedalign/core';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import {
  type Adapter,
  affineTangent,
  channelsLast,
  parameterOf,
  present,
  requiredParameter,
  withActivation,
} from '../adapter.js';
import { asImages } from './pooling.js';

const first = (value: unknown) => [value].flat()[0] as number;

/** [k, in, out] as a window of one column: [k, 1, in, out]. */
const asWindow = (kernel: Tensor) => reshape(kernel, [kernel.shape[0], 1, ...kernel.shape.slice(1)]);

/** Conv1D: a = x ∗ W + b over one axis, as a convolution of images that are one place wide. */
export const convolution1d: Adapter = channelsLast(
  ({ layer, config, activation, inputShapes, outputShape }) => {
    const kernel = requiredParameter(layer, 'kernel');
    const bias = parameterOf(layer, 'bias');
    const { shape } = kernel.variable;
    const attributes: ConvolutionAttributes = {
      strides: [first(config.strides), 1],
      dilations: [first(config.dilationRate ?? 1), 1],
      padding: config.padding as 'same' | 'valid',
    };
    const applied = (x: Tensor, by: Tensor, fused: typeof activation = 'linear', offset?: Tensor) =>
      reshape(
        convolution(
          { x: asImages(x), kernel: asWindow(by), bias: offset },
          { ...attributes, activation: fused },
        ),
        [x.shape[0], ...outputShape],
      );
    return {
      kernel,
      parameters: present(kernel, bias),
      ...withActivation(activation, ([x], fused) => applied(x, kernel.variable, fused, bias?.variable)),
      gradients: ({ inputs: [x] }, delta) => [
        gradientOf(() =>
          reshape(
            convolutionKernelGradient(
              { x: asImages(x), delta: asImages(delta) },
              { ...attributes, kernelShape: [shape[0], 1, ...shape.slice(1)] },
            ),
            shape,
          ),
        ),
        gradientBy(sumLeading, { x: delta }, {}),
      ],
      inputGradient: (_record, delta, _index, feedback) => {
        const [steps, channels] = inputShapes[0];
        const inputShape = [delta.shape[0], steps, 1, channels];
        const window = asWindow(feedback ?? kernel.variable);
        const images = convolutionInputGradient(
          { delta: asImages(delta), kernel: window },
          { ...attributes, inputShape },
        );
        return reshape(images, [delta.shape[0], steps, channels]);
      },
      tangent: (_record, change) => applied(change, kernel.variable),
      parameterTangent: affineTangent(([x], change) => applied(x, change)),
    };
  },
);
