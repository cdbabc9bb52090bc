import type { TensorInfo } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import { depthwise, depthwiseInputGradient, depthwiseKernelGradient } from '../depthwise.js';
import { sizeOf } from '../kernel.js';
import { work } from '../work.js';
import { type ConvolutionAttributes, infoOf } from './convolution.js';
import { isFloat, type Replacements, serving } from './replacement.js';

interface ForwardInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** Depthwise convolutions and both their gradients, which tfjs does not have on wasm. */
export const depthwises: Replacements = (engine) => {
  const forward = (
    { x, filter, bias, preluActivationWeights }: ForwardInputs,
    attributes: ConvolutionAttributes,
  ): TensorInfo | undefined => {
    const { activation = 'linear' } = attributes;
    if (!isFloat(x, filter, bias) || !isFast(activation) || preluActivationWeights) return undefined;
    const info = infoOf(x.shape, filter.shape, attributes, true);
    const out = engine.output(info.outShape);
    const y = engine.at(out);
    depthwise(engine, info, engine.at(x), engine.at(filter), bias ? engine.at(bias) : 0, y);
    const which = activationNumbers[activation];
    if (which)
      engine.run('activateAll', engine.parts(sizeOf(out) * work.activation), y, y, sizeOf(out), which);
    return out;
  };
  return {
    DepthwiseConv2dNative: serving('DepthwiseConv2dNative', forward),
    FusedDepthwiseConv2D: serving('FusedDepthwiseConv2D', forward),

    DepthwiseConv2dNativeBackpropInput: serving<
      { dy: TensorInfo; filter: TensorInfo },
      ConvolutionAttributes & { inputShape: number[] }
    >('DepthwiseConv2dNativeBackpropInput', ({ dy, filter }, attributes) => {
      if (!isFloat(dy, filter)) return undefined;
      const out = engine.output(attributes.inputShape);
      const info = infoOf(attributes.inputShape, filter.shape, attributes, true);
      depthwiseInputGradient(engine, info, engine.at(dy), engine.at(filter), engine.at(out));
      return out;
    }),

    DepthwiseConv2dNativeBackpropFilter: serving<
      { x: TensorInfo; dy: TensorInfo },
      ConvolutionAttributes & { filterShape: number[] }
    >('DepthwiseConv2dNativeBackpropFilter', ({ x, dy }, attributes) => {
      if (!isFloat(x, dy)) return undefined;
      const out = engine.output(attributes.filterShape);
      const info = infoOf(x.shape, attributes.filterShape, attributes, true);
      depthwiseKernelGradient(engine, info, engine.at(x), engine.at(dy), engine.at(out));
      return out;
    }),
  };
};
