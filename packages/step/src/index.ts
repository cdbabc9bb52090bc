export {
  type BrokenRow,
  DivergedError,
  type Divergence,
  firstLayerNotFinite,
  firstRowNotFinite,
} from './diverged.js';
export {
  type Given,
  type How,
  type Looks,
  type Stepper,
  type Steps,
  type StepsOptions,
  startSteps,
  type Taken,
} from './steps.js';
