import { reshape as reshapeTensor } from '@tensorflow/tfjs-core';
import { type Adapter, channelsLastOnly } from '../adapter.js';

/** Reshape and Flatten: the same numbers in the shape of the layer's output. */
export const reshape: Adapter = (call) => {
  channelsLastOnly(call);
  return {
    parameters: [],
    forward: (inputs) => ({
      inputs,
      output: reshapeTensor(inputs[0], [inputs[0].shape[0], ...call.outputShape]),
    }),
    inputGradient: ({ inputs }, delta) => reshapeTensor(delta, inputs[0].shape),
  };
};
