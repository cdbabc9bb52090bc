import { wholeWindows } from '@feedalign/backend';
import { FeedalignError } from '@feedalign/core';
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { activationNumbers } from '../activations.js';
import { convolveBackward, convolveByKernel, convolveForward } from '../convolution.js';
import { finished } from './finished.js';
import { isFloat, type Replacements, requireShape, serving } from './replacement.js';

type Four = [number, number, number, number];

export interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number] | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

interface ForwardInputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** tfjs' own description of a convolution; also of one that is depthwise. */
const infoOf = (
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

/** tfjs' description of a convolution that has windows, over a filter that has the channels of x. */
export function wholeInfo(
  name: string,
  x: readonly number[],
  filter: TensorInfo,
  attributes: ConvolutionAttributes,
  isDepthwise = false,
) {
  const { strides, dilations } = attributes;
  const isMoving = (each: number | readonly number[] | null | undefined) =>
    [each ?? 1].flat().some((size) => size > 1);
  if (isMoving(strides) && isMoving(dilations)) {
    throw new FeedalignError(
      'invalid-option',
      `The kernel '${name}' was given strides of ${strides} and dilations of ${dilations}.`,
      'One of the two must be 1.',
    );
  }
  const info = infoOf(x, filter.shape, attributes, isDepthwise);
  requireShape(name, 'filter', filter, [
    ...filter.shape.slice(0, 2),
    info.inChannels,
    ...filter.shape.slice(3),
  ]);
  wholeWindows(name, x, filter.shape.slice(0, 2), info.outShape);
  return info;
}

const isServed = ({ dataFormat = 'NHWC' }: ConvolutionAttributes, ...tensors: (TensorInfo | undefined)[]) =>
  dataFormat === 'NHWC' && isFloat(...tensors);

/** Convolutions in two dimensions, also with `same` padding that ends before the input, and both gradients. */
export const convolutions: Replacements = (engine) => {
  const forward = (
    name: string,
    { x, filter, bias, preluActivationWeights }: ForwardInputs,
    attributes: ConvolutionAttributes,
  ): TensorInfo | undefined => {
    const { dataFormat = 'NHWC' } = attributes;
    if (dataFormat !== 'NHWC') return undefined;
    const info = wholeInfo(name, x.shape, filter, attributes);
    requireShape(name, 'bias', bias, [info.outChannels]);
    return finished({ ...attributes, weights: preluActivationWeights }, (activation) => {
      const out = engine.output(info.outShape);
      convolveForward(engine, info, engine.at(x), engine.at(filter), engine.at(out), {
        bias: bias ? engine.at(bias) : 0,
        activation: activationNumbers[activation],
      });
      return out;
    });
  };
  return {
    Conv2D: serving<ForwardInputs, ConvolutionAttributes>('Conv2D', (...given) =>
      forward('Conv2D', ...given),
    ),
    FusedConv2D: serving<ForwardInputs, ConvolutionAttributes>('FusedConv2D', (...given) =>
      forward('FusedConv2D', ...given),
    ),

    Conv2DBackpropInput: serving<
      { dy: TensorInfo; filter: TensorInfo },
      ConvolutionAttributes & { inputShape: number[] }
    >('Conv2DBackpropInput', ({ dy, filter }, attributes) => {
      if (!isServed(attributes, dy, filter)) return undefined;
      const info = wholeInfo('Conv2DBackpropInput', attributes.inputShape, filter, attributes);
      requireShape('Conv2DBackpropInput', 'dy', dy, info.outShape);
      const out = engine.output(attributes.inputShape);
      convolveBackward(engine, info, engine.at(dy), engine.at(filter), engine.at(out));
      return out;
    }),

    Conv2DBackpropFilter: serving<
      { x: TensorInfo; dy: TensorInfo },
      ConvolutionAttributes & { filterShape: number[] }
    >('Conv2DBackpropFilter', ({ x, dy }, attributes) => {
      if (!isServed(attributes, x, dy)) return undefined;
      const filter = { shape: attributes.filterShape } as TensorInfo;
      const info = wholeInfo('Conv2DBackpropFilter', x.shape, filter, attributes);
      requireShape('Conv2DBackpropFilter', 'dy', dy, info.outShape);
      const out = engine.output(attributes.filterShape);
      convolveByKernel(engine, info, engine.at(x), engine.at(dy), engine.at(out), { scale: 1, keep: 0 });
      return out;
    }),
  };
};
