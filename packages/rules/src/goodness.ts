import { exampleProducts } from '@feedalign/backend';
import {
  type ForwardLook,
  fittedInputs,
  forward,
  hiddenUnits,
  lookInto,
  type Network,
  sumOf,
  type Unit,
} from '@feedalign/core';
import { cast, div, fill, oneHot, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkOptions } from './options.js';
import { type AmplitudeOptions, amplitudeOptions, classesOf, overlaid, overlayFor } from './overlay.js';

/** G [N] of a unit: the mean square of what its nonlinearity made. */
export function goodness(unit: Unit, look: ForwardLook): Tensor {
  const response = look.response(unit);
  return div(exampleProducts({ a: response, b: response }, {}), response.size / response.shape[0]);
}

/**
 * How good each class is as a label of each example, [N, C]: the sum of the goodness of all hidden units but the first,
 * or of the one that there is, with that label written over the input. The largest is the forward-forward prediction.
 *
 * Cost: C forward passes as in prediction, without dropout; nothing moves.
 *
 * Source: Hinton, 'The forward-forward algorithm', 2022 (arXiv:2212.13345), section 3.3.
 *
 * @param inputs [N, …] as the network takes them
 * @param options the `amplitude` that the rule `ff` was made with
 *
 * @example
 * ```ts
 * const classes = tf.argMax(predictByGoodness(trace(model), images), 1);
 * ```
 * @throws FeedalignError `unsupported-model` for a network that `ff` cannot train; `shape-mismatch` for other inputs
 */
export function predictByGoodness(network: Network, inputs: Tensor, options: AmplitudeOptions = {}): Tensor {
  checkOptions('predictByGoodness', amplitudeOptions, options);
  return tidy(() => {
    const overlay = overlayFor(network, options.amplitude);
    const { size: classes } = classesOf(network);
    const [x] = fittedInputs(network, [inputs]);
    const [first, ...others] = hiddenUnits(network);
    const units = others.length > 0 ? others : [first];
    const ofClass = (label: number) =>
      tidy(() => {
        const labels = cast(oneHot(fill([x.shape[0]], label, 'int32'), classes), 'float32') as Tensor;
        const look = lookInto(forward(network, [overlaid(x, labels, overlay)]));
        return sumOf(units.map((unit) => goodness(unit, look))) as Tensor;
      });
    return stack(
      Array.from({ length: classes }, (_, label) => ofClass(label)),
      1,
    );
  });
}
