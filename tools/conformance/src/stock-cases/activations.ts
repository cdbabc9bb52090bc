import { layers } from '@tensorflow/tfjs-layers';
import { type Appliable, apply, chain, graph, pointwise, type StockCases, stack } from './case.js';

/** Weights, one of these layers and weights, side by side, and their sum. */
const besides = (...made: readonly (() => Appliable)[]) =>
  graph([4, 5], (x) =>
    apply(
      layers.add(),
      made.map((layer) => chain(x, [pointwise(4), layer(), pointwise(3)])),
    ),
  );

export const activationCases: StockCases = {
  'activation layers: leakyReLU, prelu, elu, reLU, softmax': besides(
    () => layers.leakyReLU({ alpha: 0.2 }),
    () => layers.prelu({ sharedAxes: [1] }),
    () => layers.elu({ alpha: 1 }),
    () => layers.reLU({ maxValue: 6 }),
    () => layers.softmax({ axis: -1 }),
  ),
  // thresholdedReLU stops every gradient with an error: nothing before it may have weights.
  'activation layers: thresholdedReLU, activation': stack([4, 5], () => [
    layers.thresholdedReLU({ theta: 0.1 }),
    pointwise(4),
    layers.activation({ activation: 'tanh' }),
    pointwise(2),
  ]),
};
