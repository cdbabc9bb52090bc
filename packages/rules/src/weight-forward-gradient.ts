import {
  type FeedbackRule,
  gradientOf,
  memoized,
  type Network,
  type Parameter,
  type Pass,
  parametersIn,
  parametersOf,
  type Unit,
} from '@feedalign/core';
import { mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import {
  drawn,
  type ForwardGradientOptions,
  forwardGradientOptions,
  meanOf,
  type TaughtUnits,
  taughtUnits,
} from './forward-gradient.js';
import { checkOptions, type OptionsSchema, oneOf } from './options.js';

export interface WeightForwardGradientOptions extends ForwardGradientOptions {
  /** What outputs learn by: their true 'error' (default), or 'noise' as all other layers. */
  readonly outputs?: 'error' | 'noise';
}

export const weightOptions: OptionsSchema<WeightForwardGradientOptions> = {
  ...forwardGradientOptions,
  outputs: oneOf(['error', 'noise']),
};

/**
 * The forward gradient of weights: ∂L/∂W is estimated by (∇L·v) v, with v of the shape of all weights, drawn once a step,
 * and the derivative ∇L·v of the batch's loss along it from one pass in forward mode. Its mean over v is backpropagation's
 * gradient; no signal is sent anywhere. v is drawn from its place in the random numbers again where it is needed, and is
 * not kept.
 *
 * Of k directions the mean is taken. What does not learn now is not perturbed. For a batch of N and one layer of p inputs
 * and q units the estimate of a weight has the variance (pq+2)/N·V + (pq+1)·S, with V the variance of an example's gradient
 * and S the mean square of the gradient.
 *
 * Source: Baydin, Pearlmutter, Syme, Wood and Torr, 'Gradients without backpropagation', 2022 (arXiv:2202.08587); Ren,
 * Kornblith, Liao and Hinton 2022 (arXiv:2210.03310), section 3.1. There the output is perturbed too (`outputs: 'noise'`).
 *
 * @example
 * ```ts
 * convert(model, weightForwardGradient({ directions: 8 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be; from a step `unsupported-layer` for a
 * layer that has no tangent
 */
export function weightForwardGradient(options: WeightForwardGradientOptions = {}): FeedbackRule<TaughtUnits> {
  checkOptions("The rule 'fg-w'", weightOptions, options);
  const { noise = 'normal', directions = 1, outputs = 'error' } = options;

  const isPerturbed = (unit: Unit, { units }: TaughtUnits) =>
    unit.isOutput ? outputs === 'noise' : units.includes(unit.index);
  const placesOf = (network: Network) =>
    new Map(parametersOf(network).map((parameter, place) => [parameter, place]));

  /** ∇L·v of each direction, [1], and v of one parameter. */
  const estimates = memoized((pass: Pass<TaughtUnits>) => {
    const { network, state, rng } = pass;
    const places = placesOf(network);
    /** What is perturbed, with the first of the units that have it. */
    const owners = new Map<Parameter, Unit>();
    for (const unit of network.units.filter((each) => isPerturbed(each, state))) {
      for (const parameter of parametersIn(unit)) {
        if (parameter.trainable && !owners.has(parameter)) owners.set(parameter, unit);
      }
    }
    const moved = [...owners.keys()];
    const along = (parameter: Parameter, direction: number) =>
      drawn(rng, [direction, places.get(parameter) as number], parameter.variable.shape, noise);
    const derivatives = Array.from({ length: directions }, (_, direction) => {
      const weights = new Map(moved.map((parameter) => [parameter, along(parameter, direction)]));
      return sum(pass.along({ weights }).examples, 0, true);
    });
    return {
      parametersOf: (unit: Unit) => moved.filter((parameter) => owners.get(parameter) === unit),
      gradient: (parameter: Parameter): Tensor =>
        meanOf(derivatives.map((derivative, direction) => mul(along(parameter, direction), derivative))),
    };
  });

  return {
    name: 'fg-w',
    pure: true,
    options: { noise, directions, outputs },
    init: (network, _rng, teaches) => taughtUnits(network, teaches),
    signal: () => null,
    estimate: (unit, pass) => {
      if (!isPerturbed(unit, pass.state)) return undefined;
      const found = estimates(pass);
      return found
        .parametersOf(unit)
        .map((parameter) => ({ parameter, gradient: gradientOf(() => found.gradient(parameter)) }));
    },
  };
}
