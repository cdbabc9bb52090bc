import { reshape as reshapeTensor, type Tensor } from '@tensorflow/tfjs-core';
import { type Adapter, channelsLast } from '../adapter.js';

/** Reshape and Flatten: the same numbers in the shape of the layer's output. */
export const reshape: Adapter = channelsLast((call) => {
  const reshaped = (x: Tensor) => reshapeTensor(x, [x.shape[0], ...call.outputShape]);
  return {
    parameters: [],
    apart: Number.POSITIVE_INFINITY,
    forward: (inputs) => ({ inputs, output: reshaped(inputs[0]) }),
    inputGradient: ({ inputs }, delta) => reshapeTensor(delta, inputs[0].shape),
    tangent: (_record, change) => reshaped(change),
  };
});
