import {
  FeedalignError,
  type FeedbackRule,
  hiddenUnits,
  memoized,
  type Node,
  type Pass,
  type SignalPlace,
  type Unit,
} from '@feedalign/core';
import { add, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import {
  drawn,
  type ForwardGradientOptions,
  forwardGradientOptions,
  learnsNow,
  meanOf,
  type TaughtUnits,
  taughtUnits,
  timesDerivative,
} from './forward-gradient.js';
import { checkOptions, type OptionsSchema, oneOf, yesOrNo } from './options.js';

export interface ActivityForwardGradientOptions extends ForwardGradientOptions {
  /** What v perturbs: the 'pre-activation' a_l behind any normalization (default), or the unit's 'output' h_l. */
  readonly place?: SignalPlace;
  /** One v for all examples of a batch, in place of one for each. Default false. */
  readonly shared?: boolean;
  /** Whether v is 0 where a ReLU is inactive, at pre-activations. Default true. */
  readonly masked?: boolean;
}

export const activityOptions: OptionsSchema<ActivityForwardGradientOptions> = {
  ...forwardGradientOptions,
  place: oneOf(['pre-activation', 'output']),
  shared: yesOrNo,
  masked: yesOrNo,
};

/**
 * The forward gradient of activations: δ_l = (∇L·v) v_l, with v drawn at every hidden unit at once and the derivative ∇L·v
 * along it from one pass in forward mode. Its mean over v is backpropagation's δ_l; nothing is sent back.
 *
 * Shapes: v_l [N, …] as the pre-activation a_l, or the output h_l, an own one for each example and each place; ∇L·v [N],
 * each example's own. Of k directions the mean is taken. Where batch normalization mixes the examples of a batch, the
 * derivative is that of all examples together, and the estimate varies N times as much. The output learns by its true
 * error. Between v and −v an exact derivative tells no difference: antithetic pairs would buy nothing.
 *
 * With noise shared by a batch of N, the weights of a layer of q units have the variance (q+2)/N·V + (q+1)·S, with V the
 * variance of an example's gradient and S the mean square of the gradient; with noise of each example's own S is divided by N.
 *
 * Source: Ren, Kornblith, Liao and Hinton, 'Scaling forward gradient with local losses', ICLR 2023 (arXiv:2210.03310),
 * section 3.2, with the noise at normalized pre-activations, masked by the ReLU, as in the authors' code; the estimator is
 * Baydin et al. 2022 (arXiv:2202.08587).
 *
 * @example
 * ```ts
 * convert(model, activityForwardGradient({ noise: 'rademacher', directions: 4 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be; from a step `unsupported-layer` for a
 * layer that has no tangent, `invalid-option` for shared noise where batch normalization mixes examples
 */
export function activityForwardGradient(
  options: ActivityForwardGradientOptions = {},
): FeedbackRule<TaughtUnits> {
  checkOptions("The rule 'fg-a'", activityOptions, options);
  const {
    noise = 'normal',
    directions = 1,
    place = 'pre-activation',
    shared = false,
    masked = true,
  } = options;
  const atOutput = place === 'output';

  const direction = (pass: Pass<TaughtUnits>, units: readonly Unit[], number: number) =>
    new Map(
      units.map((unit): [Unit, Tensor] => {
        const like = atOutput ? pass.activation(unit) : pass.response(unit);
        const shape = shared ? [1, ...like.shape.slice(1)] : like.shape;
        const own = drawn(pass.rng, [number, unit.index], shape, noise);
        const whole = shared ? add(zerosLike(like), own) : own;
        return [unit, masked && !atOutput ? pass.whereActive(unit, whole) : whole];
      }),
    );

  const estimates = memoized((pass: Pass<TaughtUnits>): ReadonlyMap<Unit, Tensor> => {
    const taught = new Set(pass.state.units);
    const units = hiddenUnits(pass.network).filter((unit) => taught.has(unit.index) && learnsNow(unit));
    if (shared && pass.network.mixesExamples()) refuseShared();
    const found = Array.from({ length: directions }, (_, number) => {
      const noises = direction(pass, units, number);
      const at = (nodeOf: (unit: Unit) => Node) =>
        new Map([...noises].map(([unit, noise]) => [nodeOf(unit), noise]));
      const slope = pass.along(
        atOutput
          ? { activations: at((unit) => unit.end) }
          : { preActivations: at((unit) => unit.activation) },
      );
      return new Map([...noises].map(([unit, noise]) => [unit, timesDerivative(noise, slope.of(unit))]));
    });
    return new Map(units.map((unit) => [unit, meanOf(found.map((signals) => signals.get(unit) as Tensor))]));
  });

  return {
    name: 'fg-a',
    pure: true,
    options: { noise, directions, place, shared, masked },
    init: (network, _rng, teaches) => taughtUnits(network, teaches),
    place: () => place,
    signal: (unit, pass) => estimates(pass).get(unit) ?? null,
  };
}

function refuseShared(): never {
  throw new FeedalignError(
    'invalid-option',
    "The rule 'fg-a' cannot take shared: true for a network whose batch normalization mixes the examples of a batch.",
    'Leave shared out, freeze the normalization, or normalize by layers.',
  );
}
