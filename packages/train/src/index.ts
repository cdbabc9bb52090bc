export { DivergedError } from '@feedalign/step';
export { type EvaluateOptions, evaluate } from './evaluate.js';
export type { EndEvent, EpochEvent, StartEvent, StepEvent, TrainEvent } from './events.js';
export { type TrainData, type TrainOptions, train } from './train.js';
