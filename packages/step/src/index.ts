export {
  type BrokenRow,
  DivergedError,
  type Divergence,
  firstLayerNotFinite,
  firstRowNotFinite,
} from './diverged.js';
export type { Given, How } from './learning.js';
export {
  type Looks,
  type Stepper,
  type Steps,
  type StepsOptions,
  startSteps,
  type Taken,
} from './steps.js';
