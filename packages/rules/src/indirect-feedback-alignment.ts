import type { FeedbackRule, Network } from '@feedalign/core';
import { checkDirect, type DirectFeedbackOptions, directFeedback, unitOptions } from './direct-feedback.js';
import { projected } from './direct-rule.js';
import type { FeedbackState } from './drawn-feedback.js';
import { unitEnds } from './sites.js';

/** Independent matrices for the first units; nothing is shared, and no blocks end. */
export type IndirectFeedbackOptions = Omit<DirectFeedbackOptions, 'feedback' | 'blocks'>;

/** What cannot be otherwise where only the first units have feedback. */
const alone = { feedback: 'independent', blocks: undefined } as const;

/**
 * Indirect feedback alignment: the error goes to the first hidden layer and from there up, by the forward weights:
 * δ_1 = (e F_1) ⊙ f′(a_1), δ_l = (δ_{l−1} W_l) ⊙ f′(a_l). Nothing is sent down but e.
 *
 * Shapes: F_1 [C, d_1], uniform on ±1/√d_1 by default as for `directFeedbackAlignment`. A first unit is one with no
 * unit below it; several may be first. A signal passes what lies between as a small change of the forward pass does:
 * pooling takes it where its maximum came from, a merge adds, an activation between two units multiplies by f′.
 *
 * Source: Nøkland, 'Direct feedback alignment provides learning in deep neural networks', NeurIPS 2016, fig. 1d.
 *
 * @example
 * ```ts
 * convert(model, indirectFeedbackAlignment());
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for feedback that cannot be
 * @throws FeedalignError `unsupported-layer` from a training step, for a layer without a `tangent`
 */
export function indirectFeedbackAlignment(
  options: IndirectFeedbackOptions = {},
): FeedbackRule<FeedbackState> {
  checkDirect('ifa', unitOptions, options);
  const first = (network: Network) =>
    unitEnds(network).filter(({ node }) => network.unitOf(node)?.below.length === 0);
  const {
    options: all,
    sitesOf,
    of,
    savesState,
    init,
    outline,
  } = directFeedback('ifa', { ...options, ...alone }, first);
  const { feedback: _, ...told } = all;
  return {
    name: 'ifa',
    pure: true,
    options: told,
    savesState,
    init,
    outline,
    signal: (unit, pass) => {
      if (unit.below.length > 0) return pass.fromBelow(unit);
      const site = sitesOf(pass.network).get(unit.end);
      return site ? projected(pass.error, of(site, pass), unit.outputShape) : null;
    },
  };
}
