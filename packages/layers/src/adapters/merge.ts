import { addN, concat, slice } from '@tensorflow/tfjs-core';
import { type Adapter, refuse } from '../adapter.js';

/** Add: the sum of its inputs; each of them gets the whole signal. */
export const add: Adapter = ({ layer, inputShapes, outputShape }) => {
  if (inputShapes.some((shape) => shape.join() !== outputShape.join())) {
    refuse(
      layer,
      `inputs of different shapes (${inputShapes.map((shape) => `[${shape}]`).join(', ')})`,
      'Bring them to one shape before they are added.',
    );
  }
  return {
    parameters: [],
    forward: (inputs) => ({ inputs, output: addN([...inputs]) }),
    inputGradient: (_record, delta) => delta,
  };
};

/** Concatenate: its inputs side by side along one axis; each of them gets its own part of the signal. */
export const concatenate: Adapter = ({ config, inputShapes, outputShape }) => {
  const given = (config.axis as number | undefined) ?? -1;
  const axis = given < 0 ? given + outputShape.length + 1 : given;
  const widths = inputShapes.map((shape) => shape[axis - 1]);
  return {
    parameters: [],
    forward: (inputs) => ({ inputs, output: concat([...inputs], axis) }),
    inputGradient: ({ inputs }, delta, index) => {
      const begin = delta.shape.map(() => 0);
      begin[axis] = widths.slice(0, index).reduce((sum, width) => sum + width, 0);
      return slice(delta, begin, inputs[index].shape);
    },
  };
};
