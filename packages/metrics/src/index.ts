export { correctPredictions } from './accuracy.js';
export {
  type Alignment,
  type MeasuredAlignment,
  measureAlignment,
  readAlignment,
  type UnitAlignment,
} from './alignment.js';
export { type AlignmentMonitor, alignmentMonitor } from './monitor.js';
