import type { TensorInfo } from '@tensorflow/tfjs-core';
import { activationNumbers } from '../activations.js';
import { depthwise, depthwiseInputGradient, depthwiseKernelGradient } from '../depthwise.js';
import { sizeOf } from '../kernel.js';
import { work } from '../work.js';
import { type ConvolutionAttributes, wholeInfo } from './convolution.js';
import { finished } from './finished.js';
import { isFloat, type Replacements, requireShape, serving } from './replacement.js';

interface ForwardInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** Depthwise convolutions and both their gradients, which tfjs does not have on wasm. */
export const depthwises: Replacements = (engine) => {
  const forward = (
    name: string,
    { x, filter, bias, preluActivationWeights }: ForwardInputs,
    attributes: ConvolutionAttributes,
  ): TensorInfo | undefined => {
    const info = wholeInfo(name, x.shape, filter, attributes, true);
    requireShape(name, 'bias', bias, [info.outChannels]);
    return finished({ ...attributes, weights: preluActivationWeights }, (activation) => {
      const out = engine.output(info.outShape);
      const y = engine.at(out);
      depthwise(engine, info, engine.at(x), engine.at(filter), bias ? engine.at(bias) : 0, y);
      const which = activationNumbers[activation];
      if (which)
        engine.run('activateAll', engine.parts(sizeOf(out) * work.activation), y, y, sizeOf(out), which);
      return out;
    });
  };
  return {
    DepthwiseConv2dNative: serving<ForwardInputs, ConvolutionAttributes>(
      'DepthwiseConv2dNative',
      (...given) => forward('DepthwiseConv2dNative', ...given),
    ),
    FusedDepthwiseConv2D: serving<ForwardInputs, ConvolutionAttributes>('FusedDepthwiseConv2D', (...given) =>
      forward('FusedDepthwiseConv2D', ...given),
    ),

    DepthwiseConv2dNativeBackpropInput: serving<
      { dy: TensorInfo; filter: TensorInfo },
      ConvolutionAttributes & { inputShape: number[] }
    >('DepthwiseConv2dNativeBackpropInput', ({ dy, filter }, attributes) => {
      if (!isFloat(dy, filter)) return undefined;
      const name = 'DepthwiseConv2dNativeBackpropInput';
      const info = wholeInfo(name, attributes.inputShape, filter, attributes, true);
      requireShape(name, 'dy', dy, info.outShape);
      const out = engine.output(attributes.inputShape);
      depthwiseInputGradient(engine, info, engine.at(dy), engine.at(filter), engine.at(out));
      return out;
    }),

    DepthwiseConv2dNativeBackpropFilter: serving<
      { x: TensorInfo; dy: TensorInfo },
      ConvolutionAttributes & { filterShape: number[] }
    >('DepthwiseConv2dNativeBackpropFilter', ({ x, dy }, attributes) => {
      if (!isFloat(x, dy)) return undefined;
      const name = 'DepthwiseConv2dNativeBackpropFilter';
      const filter = { shape: attributes.filterShape } as TensorInfo;
      const info = wholeInfo(name, x.shape, filter, attributes, true);
      requireShape(name, 'dy', dy, info.outShape);
      const out = engine.output(attributes.filterShape);
      depthwiseKernelGradient(engine, info, engine.at(x), engine.at(dy), engine.at(out));
      return out;
    }),
  };
};
