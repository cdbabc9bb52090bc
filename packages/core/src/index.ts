export { type ErrorCode, FeedalignError } from './errors.js';
export { type ForwardOptions, type ForwardRecord, forward } from './forward.js';
export { assembleNetwork, type Network, type Node, type Output, type Unit } from './network.js';
export {
  accumulate,
  type ForwardContext,
  type Gradient,
  gradientOf,
  type Operation,
  type Parameter,
  type Recorded,
} from './operation.js';
export type { Optimizer } from './optimizer.js';
export { createPass, type Objective } from './pass.js';
export { createRng, type Rng, threefry } from './rng.js';
export { type FeedbackRule, hiddenUnits, type KernelOf, type Pass, type Update } from './rule.js';
export { disposeTree, heldTree, keepTree, mapTree, replaceTree, type TensorTree, tensorsOf } from './tree.js';
