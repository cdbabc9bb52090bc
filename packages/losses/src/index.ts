export {
  derivedLoss,
  type Evaluated,
  type Loss,
  type LossFunction,
  type LossName,
  losses,
} from './losses.js';
export {
  evaluate,
  lossesFor,
  lossFor,
  type ObjectiveOptions,
  objectiveAhead,
  type Reduction,
} from './objective.js';
