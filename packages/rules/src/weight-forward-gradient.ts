import { addGradient } from '@feedalign/backend';
import {
  type FeedbackRule,
  type Gradient,
  gradientOf,
  memoized,
  type Network,
  type Parameter,
  type Pass,
  parametersIn,
  parametersOf,
  type Unit,
} from '@feedalign/core';
import { mul, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
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
type Given = Pick<Pass<TaughtUnits>, 'network' | 'state' | 'rng'>;

export function weightForwardGradient(options: WeightForwardGradientOptions = {}): FeedbackRule<TaughtUnits> {
  checkOptions("The rule 'fg-w'", weightOptions, options);
  const { noise = 'normal', directions = 1, outputs = 'error' } = options;

  const isPerturbed = (unit: Unit, { units }: TaughtUnits) =>
    unit.isOutput ? outputs === 'noise' : units.includes(unit.index);
  const placesOf = (network: Network) =>
    new Map(parametersOf(network).map((parameter, place) => [parameter, place]));

  /** What is perturbed, with the first of the units that have it, and v of each direction. */
  const perturbed = ({ network, state, rng }: Given) => {
    const places = placesOf(network);
    const owners = new Map<Parameter, Unit>();
    for (const unit of network.units.filter((each) => isPerturbed(each, state))) {
      for (const parameter of parametersIn(unit)) {
        if (parameter.trainable && !owners.has(parameter)) owners.set(parameter, unit);
      }
    }
    const along = (parameter: Parameter, direction: number) =>
      drawn(rng, [direction, places.get(parameter) as number], parameter.variable.shape, noise);
    return { owners, along };
  };

  const ahead = (given: Given) => {
    const { owners, along } = perturbed(given);
    return Array.from({ length: directions }, (_, direction) => ({
      weights: (parameter: Parameter) => (owners.has(parameter) ? along(parameter, direction) : null),
    }));
  };

  /** The estimate of each parameter: the mean over directions of ∇L·v, [1], times v. */
  const estimates = memoized((pass: Pass<TaughtUnits>) => {
    const { owners, along } = perturbed(pass);
    const slopes = pass.carried ?? ahead(pass).map(pass.along);
    const derivatives = slopes.map(({ examples }) => sum(examples, 0, true));
    return {
      parametersOf: (unit: Unit) => [...owners.keys()].filter((parameter) => owners.get(parameter) === unit),
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
    ahead,
    estimate: (unit, pass) => {
      if (!isPerturbed(unit, pass.state)) return undefined;
      const found = estimates(pass);
      return found
        .parametersOf(unit)
        .map((parameter) => ({ parameter, gradient: passing(() => found.gradient(parameter)) }));
    },
  };
}

/** A gradient that is gone when it was added: all of them would take as much memory as the weights. */
const passing = (compute: () => Tensor): Gradient => ({
  compute,
  addTo: (variable, scale, keep) => tidy(() => addGradient(gradientOf(compute), variable, scale, keep)),
});
