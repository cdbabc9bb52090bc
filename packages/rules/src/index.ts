export {
  type ActivityForwardGradientOptions,
  activityForwardGradient,
  activityForwardGradient as fga,
} from './activity-forward-gradient.js';
export { backpropagation, backpropagation as bp } from './backpropagation.js';
export {
  batchwiseRandomSignFeedback,
  batchwiseRandomSignFeedback as brsf,
  type RedrawnMagnitudeOptions,
} from './batchwise-random-sign-feedback.js';
export type { BlockNames } from './blocks.js';
export { combinators, makeRule, type RuleSpec } from './combinators.js';
export type { AnyRule } from './combined.js';
export type { DirectFeedbackOptions } from './direct-feedback.js';
export { directFeedbackAlignment, directFeedbackAlignment as dfa } from './direct-feedback-alignment.js';
export {
  type DirectKolenPollackOptions,
  directKolenPollack,
  directKolenPollack as dkp,
} from './direct-kolen-pollack.js';
export {
  directRandomTargetProjection,
  directRandomTargetProjection as drtp,
} from './direct-random-target-projection.js';
export type { FeedbackState } from './drawn-feedback.js';
export { type DistributionName, distributions } from './feedback.js';
export { feedbackAlignment, feedbackAlignment as fa } from './feedback-alignment.js';
export type { FeedbackOptions } from './feedback-options.js';
export {
  type FixedMagnitudeOptions,
  fixedRandomSignFeedback,
  fixedRandomSignFeedback as frsf,
} from './fixed-random-sign-feedback.js';
export { type ForwardForwardOptions, forwardForward, forwardForward as ff } from './forward-forward.js';
export { frozenBody, frozenBody as frozen } from './frozen-body.js';
export { predictByGoodness } from './goodness.js';
export { type GuessOptions, guessedForwardGradient, guessedForwardGradient as guess } from './guess.js';
export {
  type IndirectFeedbackOptions,
  indirectFeedbackAlignment,
  indirectFeedbackAlignment as ifa,
} from './indirect-feedback-alignment.js';
export { type KolenPollackOptions, kolenPollack, kolenPollack as kp } from './kolen-pollack.js';
export { type LocalOptions, local } from './local.js';
export {
  type LocalLossOptions,
  predictionAndSimilarity,
  predictionAndSimilarity as predsim,
  predictionLoss,
  predictionLoss as pred,
  type SharedLossOptions,
  similarityMatching,
  similarityMatching as sim,
} from './local-losses.js';
export type { Option, OptionsSchema } from './options.js';
export type { AmplitudeOptions } from './overlay.js';
export { type PepitaOptions, pepita } from './pepita.js';
export { perLayer } from './per-layer.js';
export { clipped, normalized, type RescaledOptions } from './rescaled.js';
export type { CallableRuleEntry, RuleEntry } from './rule-entry.js';
export { type RuleName, rules } from './rules.js';
export { type Phase, scheduled } from './scheduled.js';
export type { SignConcordantOptions } from './sign-concordant.js';
export {
  signDirectFeedbackAlignment,
  signDirectFeedbackAlignment as sdfa,
} from './sign-direct-feedback-alignment.js';
export type { Blocks } from './sites.js';
export {
  sparseDirectFeedbackAlignment,
  sparseDirectFeedbackAlignment as sparse,
} from './sparse-direct-feedback-alignment.js';
export { uniformSignFeedback, uniformSignFeedback as usf } from './uniform-sign-feedback.js';
export {
  type WeightForwardGradientOptions,
  weightForwardGradient,
  weightForwardGradient as fgw,
} from './weight-forward-gradient.js';
export { type WeightMirrorOptions, weightMirror, weightMirror as wm } from './weight-mirror.js';
