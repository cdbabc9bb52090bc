import { concat, pad, slice, add as sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Adapter } from '../adapter.js';

/** Add: the sum of its inputs; each of them gets the whole signal. */
export const add: Adapter = ({ inputShapes, outputShape }) => {
  if (inputShapes.some((shape) => shape.join() !== outputShape.join())) return undefined;
  return {
    parameters: [],
    apart: Number.POSITIVE_INFINITY,
    forward: (inputs) => ({
      inputs,
      output: tidy(() => inputs.reduce((total: Tensor, each) => sum(total, each))),
    }),
    inputGradient: (_record, delta) => delta,
    tangent: (_record, change) => change,
  };
};

/** Concatenate: its inputs side by side along one axis; each of them gets its own part of the signal. */
export const concatenate: Adapter = ({ config, inputShapes, outputShape }) => {
  const given = (config.axis as number | undefined) ?? -1;
  const axis = given < 0 ? given + outputShape.length + 1 : given;
  const widths = inputShapes.map((shape) => shape[axis - 1]);
  const before = (index: number) => widths.slice(0, index).reduce((sum, width) => sum + width, 0);
  return {
    parameters: [],
    forward: (inputs) => ({ inputs, output: concat([...inputs], axis) }),
    inputGradient: ({ inputs }, delta, index) => {
      const begin = delta.shape.map(() => 0);
      begin[axis] = before(index);
      return slice(delta, begin, inputs[index].shape);
    },
    tangent: ({ output }, change, index) => {
      const begin = before(index);
      const none = [0, 0] as [number, number];
      const around: [number, number] = [begin, output.shape[axis] - begin - widths[index]];
      return pad(
        change,
        change.shape.map((_, i) => (i === axis ? around : none)),
      );
    },
  };
};
