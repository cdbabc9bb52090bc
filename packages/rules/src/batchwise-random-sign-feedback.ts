import { createRng, type FeedbackRule, type Pass, type Route, type Unit } from '@feedalign/core';
import { abs, mul, sign } from '@tensorflow/tfjs-core';
import { type DistributionName, distributions, drawOnce } from './feedback.js';
import { checkOptions, type OptionsSchema, oneOf, wholeFrom } from './options.js';
import {
  drawingOf,
  isPassed,
  kernelOf,
  type SignConcordantOptions,
  signOptions,
  updatedBy,
} from './sign-concordant.js';

export interface RedrawnMagnitudeOptions extends SignConcordantOptions {
  /** How M is drawn. Default 'xavier-uniform'; see `distributions`. */
  readonly distribution?: DistributionName;
  /** Draws M from a seed of its own. Default: from the run's. */
  readonly seed?: number;
}

export const redrawnOptions: OptionsSchema<RedrawnMagnitudeOptions> = {
  ...signOptions,
  distribution: oneOf(Object.keys(distributions)),
  seed: wholeFrom(0),
};

/**
 * Sign-concordant feedback of sizes that are drawn anew for each batch: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l), B = |M_t| ⊙
 * sign(W), M_t an independent draw of W's shape at each training step t. Nothing is kept, and nothing is drawn but in
 * training.
 *
 * Shapes, source and the batch-Manhattan update as for `uniformSignFeedback` (there 'brSF', batch-wise random sizes). |M| is
 * that of a Xavier-uniform draw, as in BioTorch (Sanfiz and Akrout, arXiv 2108.13446, 2021).
 *
 * @example
 * ```ts
 * convert(model, batchwiseRandomSignFeedback());
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be
 */
export function batchwiseRandomSignFeedback(options: RedrawnMagnitudeOptions = {}): FeedbackRule<null> {
  checkOptions("The rule 'brsf'", redrawnOptions, options);
  const { scale = 1, update = 'gradient', distribution = 'xavier-uniform', seed } = options;
  const streamOf = (pass: Pass<null>) =>
    seed === undefined ? pass.rng.stream('magnitudes') : createRng(seed).stream(pass.step);
  const feedbackOf = (unit: Unit, pass: Pass<null>) => {
    const m = drawOnce(streamOf(pass).stream(unit.index), drawingOf(unit), { distribution, scale });
    return mul(sign(kernelOf(unit)), abs(m));
  };
  const route: Route<null> = { kernelOf: feedbackOf };
  return {
    name: 'brsf',
    pure: true,
    options: { scale, update, distribution, ...(seed !== undefined && { seed }) },
    init: () => null,
    signal: (unit, pass) => pass.fromAbove(unit, route),
    ...updatedBy(update),
    alignmentTarget: (unit, pass) => (isPassed(unit) ? feedbackOf(unit, pass) : null),
  };
}
