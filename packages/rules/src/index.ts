export { backpropagation, backpropagation as bp } from './backpropagation.js';
export type { DirectFeedbackOptions } from './direct-feedback.js';
export { directFeedbackAlignment, directFeedbackAlignment as dfa } from './direct-feedback-alignment.js';
export {
  directRandomTargetProjection,
  directRandomTargetProjection as drtp,
} from './direct-random-target-projection.js';
export { type DistributionName, distributions } from './feedback.js';
export {
  type FeedbackAlignmentOptions,
  feedbackAlignment,
  feedbackAlignment as fa,
} from './feedback-alignment.js';
export { frozenBody, frozenBody as frozen } from './frozen-body.js';
export { type RuleEntry, type RuleName, rules } from './rules.js';
export {
  type FixedMagnitudeOptions,
  fixedRandomSignFeedback,
  fixedRandomSignFeedback as frsf,
  type SignConcordantOptions,
  uniformSignFeedback,
  uniformSignFeedback as usf,
} from './sign-concordant-feedback.js';
export {
  signDirectFeedbackAlignment,
  signDirectFeedbackAlignment as sdfa,
} from './sign-direct-feedback-alignment.js';
