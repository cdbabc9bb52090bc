export { backpropagation, backpropagation as bp } from './backpropagation.js';
export {
  type DirectFeedbackAlignmentOptions,
  directFeedbackAlignment,
  directFeedbackAlignment as dfa,
} from './direct-feedback-alignment.js';
export { type DistributionName, distributions } from './feedback.js';
export {
  type FeedbackAlignmentOptions,
  feedbackAlignment,
  feedbackAlignment as fa,
} from './feedback-alignment.js';
export { frozenBody, frozenBody as frozen } from './frozen-body.js';
export { type RuleEntry, type RuleName, rules } from './rules.js';
