export { checkState, outlineOf } from './check-state.js';
export type { ChangeOf, Directions } from './directions.js';
export { afterStep, duringStep, neverRepeat, onceInStep, type StepUnderWay } from './during-step.js';
export { type ErrorCode, FeedalignError, inLayer } from './errors.js';
export { type ForwardOptions, type ForwardRecord, fittedInputs, forward } from './forward.js';
export { type ForwardAlong, forwardAlong } from './forward-along.js';
export { forwardInStages, type PlannedStage, planStages, type StagedForward } from './forward-in-stages.js';
export { lookInto } from './forward-look.js';
export { type Dual, jvp } from './jvp.js';
export { lazily, memoized } from './memoized.js';
export {
  assembleNetwork,
  type Network,
  type Node,
  type Output,
  parametersIn,
  parametersOf,
  type Unit,
} from './network.js';
export {
  accumulate,
  accumulated,
  type Fans,
  type ForwardContext,
  type Gradient,
  gradientOf,
  type Operation,
  type Parameter,
  type Recorded,
} from './operation.js';
export { type Optimizer, takeStep } from './optimizer.js';
export { type Outline, type Outlined, outlineBelow, outlined } from './outline.js';
export { type Head, type Part, partOf } from './part.js';
export { createPass, type Objective, type PartsOfLoss, type PassContext } from './pass.js';
export { createRng, movingRng, type Place, type Reserved, type Rng, signsPerBlock, threefry } from './rng.js';
export {
  type FeedbackRule,
  type ForwardLook,
  hiddenUnits,
  type KernelOf,
  type Pass,
  type Route,
  type SignalPlace,
  type Slope,
  type Stage,
  type Teaches,
  type Update,
} from './rule.js';
export { mapped, numberNow, type Scalar, type Slot, slot } from './scalar.js';
export { sumOf } from './tangent.js';
export { disposeTree, heldTree, keepTree, mapTree, replaceTree, type TensorTree, tensorsOf } from './tree.js';
