import {
  denseInputGradient,
  denseKernelGradient,
  gradientBy,
  noise,
  product,
  sumLeading,
} from '@feedalign/backend';
import type { Operation, Parameter, Rng } from '@feedalign/core';
import {
  add,
  mul,
  reshape,
  type Tensor,
  type Variable,
  variable,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { meanOverPlaces, shareAmongPlaces } from './places.js';

/** The weights of a head: kernel [channels, size], bias [size]; variables where they are learned. */
export interface HeadWeights {
  readonly [name: string]: Tensor;
  readonly kernel: Tensor;
  readonly bias: Tensor;
}

/** Kernel normal with the standard deviation 1/√channels; bias of zeros. */
export function drawHead(rng: Rng, channels: number, size: number): HeadWeights {
  const kernel = mul(noise(rng.stream('kernel'), [channels, size], 'normal'), 1 / Math.sqrt(channels));
  return { kernel, bias: zeros([size]) };
}

/** The same weights, to be learned. */
export const learned = ({ kernel, bias }: HeadWeights): HeadWeights => ({
  kernel: variable(kernel, false),
  bias: variable(bias, false),
});

const parameterOf = (name: string, value: Tensor, trainable: boolean): Parameter => ({
  name,
  variable: value as Variable,
  trainable,
});

/**
 * A linear read-out of the mean over places: y = (1/P Σ_p x_p) W + b, [N, …, C] → [N, …shape].
 *
 * @param shape of one example's output
 */
export function readOut(
  name: string,
  { kernel, bias }: HeadWeights,
  shape: readonly number[],
  trainable = true,
): Operation<Tensor> {
  const [weight, offset] = [
    parameterOf(`${name}/kernel`, kernel, trainable),
    parameterOf(`${name}/bias`, bias, trainable),
  ];
  const size = kernel.shape[1] as number;
  const flat = (x: Tensor) => (x.rank === 2 ? x : reshape(x, [x.shape[0], size]));
  const shaped = (x: Tensor) => (shape.length === 1 ? x : reshape(x, [x.shape[0], ...shape]));
  return {
    kernel: weight,
    parameters: [weight, offset],
    forward: (inputs) => {
      const pooled = meanOverPlaces(inputs[0]);
      return { inputs, output: shaped(product({ a: pooled, b: kernel, bias }, {})), saved: pooled };
    },
    gradients: ({ saved }, delta) => [
      gradientBy(denseKernelGradient, { input: saved as Tensor, delta: flat(delta) }, {}),
      gradientBy(sumLeading, { x: flat(delta) }, {}),
    ],
    inputGradient: ({ inputs }, delta, _index, feedback) =>
      shareAmongPlaces(denseInputGradient({ delta: flat(delta), kernel: feedback ?? kernel }, {}), inputs[0]),
    tangent: (_record, change) => shaped(product({ a: meanOverPlaces(change), b: kernel }, {})),
    parameterTangent: ({ saved, output }, [byKernel, byBias]) => {
      const change = byKernel && shaped(product({ a: saved as Tensor, b: byKernel }, {}));
      return byBias ? add(change ?? zerosLike(output), shaped(add(zerosLike(flat(output)), byBias))) : change;
    },
  };
}
