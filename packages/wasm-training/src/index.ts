import { install } from './install.js';

install();

export { setThreads, type TrainingEngine, trainingEngine } from './install.js';
