import { FeedalignError, type FeedbackRule } from '@feedalign/core';
import { divNoNan, minimum, mul, reshape, sqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core';
import { type AnyRule, type CombinedState, combined, requireRule, specOf } from './combined.js';
import { above0, checkOptions, type OptionsSchema } from './options.js';

export interface RescaledOptions {
  /** The length of each example's signal, in lengths of its own error: ‖signal‖ = norm·‖e‖. Default 1. */
  readonly norm?: number;
}

export const rescaledOptions: OptionsSchema<RescaledOptions> = { norm: above0 };

/** ‖x_i‖ of each example: [N, …] → [N]. */
const lengths = (x: Tensor) => sqrt(sum(square(reshape(x, [x.shape[0], -1])), 1));

/** x with each example times its factor [N]. */
const times = (x: Tensor, factors: Tensor) =>
  mul(x, reshape(factors, [x.shape[0], ...x.shape.slice(1).map(() => 1)]));

function rescaled(
  name: string,
  rule: AnyRule,
  options: RescaledOptions,
  factor: (wanted: Tensor) => Tensor,
): FeedbackRule<CombinedState> {
  requireRule(`The rule '${name}'`, rule);
  if (rule.estimate) refuseWithoutSignals(name, rule);
  checkOptions(`The rule '${name}'`, rescaledOptions, options);
  const { norm = 1 } = options;
  const key = 'rule';
  const inside = combined({
    name,
    options: { rule: specOf(rule), norm },
    members: { [key]: rule },
    teacherOf: () => key,
    mayTeach: () => true,
  });
  return {
    ...inside,
    signal: (unit, pass) => {
      const signal = inside.signal(unit, pass);
      if (!signal) return null;
      const wanted = mul(lengths(pass.error), norm);
      return times(signal, factor(divNoNan(wanted, lengths(signal))));
    },
  };
}

function refuseWithoutSignals(name: string, { name: rule }: AnyRule): never {
  throw new FeedalignError(
    'invalid-option',
    `The rule '${name}' rescales signals, but '${rule}' teaches without any.`,
    'Give it a rule that teaches by signals, as dfa or fg-a.',
  );
}

/**
 * A rule whose signals all have the same length: signal_i ← signal_i · norm·‖e_i‖/‖signal_i‖ for each example i. What
 * the feedback's size does, in each layer and over depth, is taken out; its direction is left.
 *
 * The length is that at a unit's output, before f′, and relative to the example's own error: so examples that the
 * network has right teach little, those of weight zero nothing, and neither the batch's size nor who else is in it
 * matters. An example without a signal stays without.
 *
 * @example
 * ```ts
 * convert(model, normalized(directFeedbackAlignment({ distribution: 'unit-uniform' })));
 * ```
 * @throws FeedalignError `invalid-option` for a norm that is not above zero
 */
export const normalized = (rule: AnyRule, options: RescaledOptions = {}): FeedbackRule<CombinedState> =>
  rescaled('normalized', rule, options, (wanted) => wanted);

/**
 * A rule whose signals are no longer than this: signal_i ← signal_i · min(1, norm·‖e_i‖/‖signal_i‖) for each example i.
 * Lengths as for `normalized`.
 *
 * @example
 * ```ts
 * convert(model, clipped(directFeedbackAlignment({ normalizeConvolutions: false }), { norm: 2 }));
 * ```
 * @throws FeedalignError `invalid-option` for a norm that is not above zero
 */
export const clipped = (rule: AnyRule, options: RescaledOptions = {}): FeedbackRule<CombinedState> =>
  rescaled('clipped', rule, options, (wanted) => minimum(wanted, 1));
