export { clipByEntry, clipByGlobalNorm } from './clipping.js';
export {
  type AdamOptions,
  adam,
  adamw,
  type OptimizerName,
  optimizers,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './optimizers.js';
export { asSchedule, constant, cosine, type Schedule, stepDecay, warmUp } from './schedules.js';
export { type CommonOptions, type OptimizerState, stepwise } from './stepwise.js';
export { fromTfjs } from './tfjs.js';
