import { product } from '@feedalign/backend';
import type { FeedbackRule, Network, Pass, Route, Unit } from '@feedalign/core';
import { matMul, reshape, type Tensor, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import { checkDirect, type DirectFeedbackOptions, directFeedback, directOptions } from './direct-feedback.js';
import type { FeedbackState } from './drawn-feedback.js';
import type { Site } from './sites.js';
import { ofDirectRules } from './warnings.js';

/** t·F in the shape of the output that it is for. */
export function projected(taught: Tensor, feedback: Tensor, outputShape: readonly number[]): Tensor {
  const signal = product({ a: taught, b: feedback }, {});
  return outputShape.length === 1 ? signal : reshape(signal, [taught.shape[0], ...outputShape]);
}

/**
 * What the direct rules have in common: a fixed F for each hidden unit, or for each end of a block, and the signal t·F,
 * where t [N, C] is what the rule teaches by.
 *
 * @param cautions what one should know of the rule before training any network by it
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be
 */
export function directRule(
  name: string,
  options: DirectFeedbackOptions,
  taught: (pass: Pass<FeedbackState>) => Tensor,
  cautions: readonly string[] = [],
): FeedbackRule<FeedbackState> {
  checkDirect(name, directOptions, options);
  const feedback = directFeedback(name, options);
  const injected = (site: Site, pass: Pass<FeedbackState>) =>
    projected(taught(pass), feedback.of(site, pass), site.node.outputShape);
  const signalAt: Route<FeedbackState>['signalAt'] = (node, pass) => {
    const site = feedback.sitesOf(pass.network).get(node);
    return site && injected(site, pass);
  };
  const matrixOf = (unit: Unit, pass: Pass<FeedbackState>): Tensor2D | undefined => {
    const site = feedback.sitesOf(pass.network).get(unit.end);
    return site && (feedback.find(site, pass) as Tensor2D | undefined);
  };
  const route: Route<FeedbackState> = { signalAt };

  return {
    name,
    pure: true,
    options: feedback.options,
    savesState: feedback.savesState,
    init: feedback.init,
    outline: feedback.outline,
    signal: options.blocks
      ? (unit, pass) => pass.fromAbove(unit, route)
      : (unit, pass) => signalAt(unit.end, pass) ?? null,
    warnings: (network) => [...cautions, ...(options.blocks ? [] : ofDirectRules(network))],
    alignmentTarget: (unit, pass) =>
      options.blocks ? null : chained(unit, pass.network, (of) => matrixOf(of, pass)),
  };
}

/** W_l learns to look like F_{l−1}ᵀ F_l, and the output's weight like F_{L−1}ᵀ. */
export function chained(
  unit: Unit,
  network: Network,
  matrixOf: (unit: Unit) => Tensor2D | undefined,
): Tensor | null {
  const [below, ...others] = unit.below;
  const size = unit.kernel?.variable.size;
  if (!below || below.isOutput || others.length > 0) return null;
  const columns = unit.isOutput ? network.errorSize : unit.size;
  if (size !== below.size * columns) return null;
  const lower = matrixOf(below);
  if (!lower || unit.isOutput) return lower ? transpose(lower) : null;
  const own = matrixOf(unit);
  return own ? matMul(lower, own, true, false) : null;
}
