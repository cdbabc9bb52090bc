import { activate } from '@feedalign/backend';
import { type Adapter, placesOf, withActivation } from '../adapter.js';

/** Activation: y = f(x), for every activation of tfjs-layers. */
export const activation: Adapter = ({ activation, outputShape }) => ({
  parameters: [],
  apart: activation === 'softmax' ? placesOf(outputShape) : Number.POSITIVE_INFINITY,
  ...withActivation(activation, ([a], fused) =>
    fused === 'linear' ? a : activate({ a }, { activation: fused }),
  ),
  inputGradient: (_record, delta) => delta,
  tangent: (_record, change) => change,
});
