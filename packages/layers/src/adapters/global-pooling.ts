import { cast, div, equal, max, mean, mul, onesLike, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { type Adapter, channelsLastOnly } from '../adapter.js';

/** The places that are pooled over: every axis between the examples and the channels. */
const places = (x: Tensor) => x.shape.slice(1, -1).map((_, i) => i + 1);

/** [N, c] as [N, 1, …, 1, c], to broadcast against x. */
const over = (pooled: Tensor, x: Tensor) =>
  reshape(pooled, [x.shape[0], ...places(x).map(() => 1), x.shape[x.rank - 1]]);

/** GlobalAveragePooling1D and 2D: each place gets its share of the signal. */
export const globalAveragePooling: Adapter = (call) => {
  channelsLastOnly(call);
  return {
    parameters: [],
    forward: (inputs) => ({ inputs, output: mean(inputs[0], places(inputs[0])) }),
    inputGradient: ({ inputs: [x] }, delta) => {
      const count = x.size / (x.shape[0] * x.shape[x.rank - 1]);
      return mul(over(div(delta, count), x), onesLike(x));
    },
  };
};

/** GlobalMaxPooling1D and 2D: every place that holds the maximum gets the whole signal, as in tfjs. */
export const globalMaxPooling: Adapter = (call) => {
  channelsLastOnly(call);
  return {
    parameters: [],
    forward: (inputs) => ({ inputs, output: max(inputs[0], places(inputs[0])) }),
    inputGradient: ({ inputs: [x], output }, delta) =>
      mul(over(delta, x), cast(equal(x, over(output, x)), 'float32')),
  };
};
