import { activations, type ConvolutionAttributes } from '@feedalign/backend';
import { backend_util, type TensorInfo, type Variable } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import { convolveBackward, convolveByKernel, convolveForward } from '../convolution.js';
import { asTensor, type Into, type Kernels } from '../kernel.js';

type Four = [number, number, number, number];

const geometryOf = (
  x: readonly number[],
  kernel: readonly number[],
  { strides, dilations, padding }: ConvolutionAttributes,
) =>
  backend_util.computeConv2DInfo([...x] as Four, [...kernel] as Four, [...strides], [...dilations], padding);

/** Convolutions, and both their gradients. */
export const convolutions: Kernels = (engine) => ({
  FeedalignConvolution: (
    { x, kernel, bias }: { x: TensorInfo; kernel: TensorInfo; bias?: TensorInfo },
    attributes: ConvolutionAttributes,
  ) => {
    const { activation = 'linear' } = attributes;
    const geometry = geometryOf(x.shape, kernel.shape, attributes);
    const out = engine.output(geometry.outShape);
    convolveForward(engine, geometry, engine.at(x), engine.at(kernel), engine.at(out), {
      bias: bias ? engine.at(bias) : 0,
      activation: isFast(activation) ? activationNumbers[activation] : 0,
    });
    return isFast(activation) ? out : activations[activation].forward(asTensor(out));
  },

  FeedalignConvolutionKernelGradient: (
    { x, delta }: { x: TensorInfo; delta: TensorInfo },
    attributes: ConvolutionAttributes & { readonly kernelShape: readonly number[] },
  ) => {
    const out = engine.output([...attributes.kernelShape]);
    const geometry = geometryOf(x.shape, attributes.kernelShape, attributes);
    convolveByKernel(engine, geometry, engine.at(x), engine.at(delta), engine.at(out), { scale: 1, keep: 0 });
    return out;
  },

  FeedalignConvolutionKernelGradientInto: (
    { x, delta, variable }: { x: TensorInfo; delta: TensorInfo; variable: Variable },
    attributes: ConvolutionAttributes & Into & { readonly kernelShape: readonly number[] },
  ) => {
    const result = engine.owned(variable);
    const geometry = geometryOf(x.shape, attributes.kernelShape, attributes);
    convolveByKernel(engine, geometry, engine.at(x), engine.at(delta), result, attributes);
    return [];
  },

  FeedalignConvolutionInputGradient: (
    { delta, kernel }: { delta: TensorInfo; kernel: TensorInfo },
    attributes: ConvolutionAttributes & { readonly inputShape: readonly number[] },
  ) => {
    const shape = [delta.shape[0], ...attributes.inputShape.slice(1)];
    const out = engine.output(shape);
    const geometry = geometryOf(shape, kernel.shape, attributes);
    convolveBackward(engine, geometry, engine.at(delta), engine.at(kernel), engine.at(out));
    return out;
  },
});
