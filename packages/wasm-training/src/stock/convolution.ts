import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import { convolveBackward, convolveByKernel, convolveForward } from '../convolution.js';
import { isFloat, type Replacements, serving } from './replacement.js';

type Four = [number, number, number, number];

export interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number] | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly activation?: string;
}

interface ForwardInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** tfjs' own description of a convolution; also of one that is depthwise. */
export const infoOf = (
  x: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: ConvolutionAttributes,
  isDepthwise = false,
) =>
  backend_util.computeConv2DInfo(
    [...x] as Four,
    [...filter] as Four,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
  );

const isServed = ({ dataFormat = 'NHWC' }: ConvolutionAttributes, ...tensors: (TensorInfo | undefined)[]) =>
  dataFormat === 'NHWC' && isFloat(...tensors);

/** Convolutions in two dimensions, also with `same` padding that ends before the input, and both gradients. */
export const convolutions: Replacements = (engine) => {
  const forward = (
    { x, filter, bias, preluActivationWeights }: ForwardInputs,
    attributes: ConvolutionAttributes,
  ): TensorInfo | undefined => {
    const { activation = 'linear' } = attributes;
    if (!isServed(attributes, x, filter, bias) || !isFast(activation) || preluActivationWeights)
      return undefined;
    if (bias && bias.shape.length > 1) return undefined;
    const info = infoOf(x.shape, filter.shape, attributes);
    const out = engine.output(info.outShape);
    convolveForward(engine, info, engine.at(x), engine.at(filter), engine.at(out), {
      bias: bias ? engine.at(bias) : 0,
      activation: activationNumbers[activation],
    });
    return out;
  };
  return {
    Conv2D: serving('Conv2D', forward),
    FusedConv2D: serving('FusedConv2D', forward),

    Conv2DBackpropInput: serving<
      { dy: TensorInfo; filter: TensorInfo },
      ConvolutionAttributes & { inputShape: number[] }
    >('Conv2DBackpropInput', ({ dy, filter }, attributes) => {
      if (!isServed(attributes, dy, filter)) return undefined;
      const out = engine.output(attributes.inputShape);
      const info = infoOf(attributes.inputShape, filter.shape, attributes);
      convolveBackward(engine, info, engine.at(dy), engine.at(filter), engine.at(out));
      return out;
    }),

    Conv2DBackpropFilter: serving<
      { x: TensorInfo; dy: TensorInfo },
      ConvolutionAttributes & { filterShape: number[] }
    >('Conv2DBackpropFilter', ({ x, dy }, attributes) => {
      if (!isServed(attributes, x, dy)) return undefined;
      const out = engine.output(attributes.filterShape);
      const info = infoOf(x.shape, attributes.filterShape, attributes);
      convolveByKernel(engine, info, engine.at(x), engine.at(dy), engine.at(out), { scale: 1, keep: 0 });
      return out;
    }),
  };
};
