import {
  activate,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
  gradientBy,
  sumLeading,
} from '@feedalign/backend';
import { gradientOf, sumOf } from '@feedalign/core';
import {
  add,
  depthwiseConv2d,
  engine,
  type NamedTensorMap,
  type Tensor,
  type Tensor4D,
  zerosLike,
} from '@tensorflow/tfjs-core';
import {
  type Adapter,
  affineTangent,
  channelsLast,
  type LayerCall,
  pair,
  parameterOf,
  present,
  requiredParameter,
  withActivation,
} from '../adapter.js';
import { depthwiseFans } from '../fans.js';

interface Window {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
}

/** How the depthwise kernel moves; undefined where it is dilated, which tfjs cannot differentiate. */
const windowOf = ({ config }: LayerCall): Window | undefined => {
  const isDilated = pair(config.dilationRate ?? 1).some((rate) => rate !== 1);
  return isDilated ? undefined : { strides: pair(config.strides), pad: config.padding as 'same' | 'valid' };
};

const run = (name: string, inputs: object, attributes: object) =>
  engine().runKernel(name, inputs as NamedTensorMap, { dilations: [1, 1], ...attributes }) as Tensor;

/** Each channel with its own filters: [N, h, w, c] and [kh, kw, c, m] → [N, h′, w′, c·m]; and both gradients. */
const filtered = (x: Tensor, kernel: Tensor, { strides, pad }: Window): Tensor =>
  depthwiseConv2d(x as Tensor4D, kernel as Tensor4D, strides, pad);
const byInput = (delta: Tensor, filter: Tensor, inputShape: readonly number[], window: Window) =>
  run('DepthwiseConv2dNativeBackpropInput', { dy: delta, filter }, { ...window, inputShape });
const byFilter = (x: Tensor, delta: Tensor, filterShape: readonly number[], window: Window) =>
  run('DepthwiseConv2dNativeBackpropFilter', { x, dy: delta }, { ...window, filterShape });

/** DepthwiseConv2D: each channel of x has filters of its own. */
export const depthwiseConvolution: Adapter = channelsLast((call) => {
  const window = windowOf(call);
  if (!window) return undefined;
  const { layer, activation, inputShapes } = call;
  const kernel = requiredParameter(layer, 'depthwise_kernel');
  const bias = parameterOf(layer, 'bias');
  return {
    kernel,
    fans: depthwiseFans(kernel),
    parameters: present(kernel, bias),
    ...withActivation(activation, ([x], fused) => {
      const a = filtered(x, kernel.variable, window);
      return activate({ a: bias ? add(a, bias.variable) : a }, { activation: fused });
    }),
    gradients: ({ inputs: [x] }, delta) => [
      gradientOf(() => byFilter(x, delta, kernel.variable.shape, window)),
      gradientBy(sumLeading, { x: delta }, {}),
    ],
    inputGradient: (_record, delta, _index, feedback) =>
      byInput(delta, feedback ?? kernel.variable, [delta.shape[0], ...inputShapes[0]], window),
    tangent: (_record, change) => filtered(change, kernel.variable, window),
    parameterTangent: affineTangent(([x], change) => filtered(x, change, window)),
  };
});

/** SeparableConv2D: a depthwise convolution, then a 1×1 one. Feedback stands in for the depthwise kernel. */
export const separableConvolution: Adapter = channelsLast((call) => {
  const window = windowOf(call);
  if (!window) return undefined;
  const { layer, activation, inputShapes } = call;
  const kernel = requiredParameter(layer, 'depthwise_kernel');
  const pointwise = requiredParameter(layer, 'pointwise_kernel');
  const bias = parameterOf(layer, 'bias');
  const places = { strides: [1, 1], dilations: [1, 1], padding: 'valid' } as const;
  const between = (x: Tensor, by: Tensor = kernel.variable) => filtered(x, by, window);
  const mixed = (x: Tensor, by: Tensor = pointwise.variable) => convolution({ x, kernel: by }, places);
  const atFilters = (delta: Tensor, shape: readonly number[]) =>
    convolutionInputGradient({ delta, kernel: pointwise.variable }, { ...places, inputShape: shape });
  const shapeBetween = (delta: Tensor) => [...delta.shape.slice(0, 3), pointwise.variable.shape[2] as number];
  return {
    kernel,
    fans: depthwiseFans(kernel),
    parameters: present(kernel, pointwise, bias),
    ...withActivation(activation, ([x], fused) =>
      convolution(
        { x: between(x), kernel: pointwise.variable, bias: bias?.variable },
        { ...places, activation: fused },
      ),
    ),
    gradients: ({ inputs: [x] }, delta) => [
      gradientOf(() => byFilter(x, atFilters(delta, shapeBetween(delta)), kernel.variable.shape, window)),
      gradientOf(() =>
        convolutionKernelGradient(
          { x: between(x), delta },
          { ...places, kernelShape: pointwise.variable.shape },
        ),
      ),
      gradientBy(sumLeading, { x: delta }, {}),
    ],
    inputGradient: (_record, delta, _index, feedback) =>
      byInput(
        atFilters(delta, shapeBetween(delta)),
        feedback ?? kernel.variable,
        [delta.shape[0], ...inputShapes[0]],
        window,
      ),
    tangent: (_record, change) => mixed(between(change)),
    parameterTangent: ({ inputs: [x], output }, [byDepth, byPoint, byBias]) => {
      const terms = [
        byDepth && mixed(between(x, byDepth)),
        byPoint && mixed(between(x), byPoint),
        byBias && add(zerosLike(output), byBias),
      ];
      return sumOf(terms.map((term) => term ?? null));
    },
  };
});
