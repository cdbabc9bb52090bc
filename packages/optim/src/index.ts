export { chain, each, type Memory, type OptimizerState, type Transformation } from './chain.js';
export { type Clipping, clipByEntry, clipByGlobalNorm } from './clipping.js';
export {
  type AdamLinkOptions,
  addDecayedWeights,
  type MomentumOptions,
  type RmsLinkOptions,
  scaleByAdam,
  scaleByLearningRate,
  scaleByMomentum,
  scaleByRms,
} from './links.js';
export {
  type AdamOptions,
  adam,
  adamw,
  type CommonOptions,
  type OptimizerName,
  optimizers,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './optimizers.js';
export { asSchedule, constant, cosine, type Schedule, stepDecay, warmUp } from './schedules.js';
export { fromTfjs } from './tfjs/from-tfjs.js';
