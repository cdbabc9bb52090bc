export {
  derivedLoss,
  type Evaluated,
  type Loss,
  type LossFunction,
  type LossName,
  losses,
} from './losses.js';
export { evaluate, lossesFor, lossFor, type ObjectiveOptions, type Reduction } from './objective.js';
