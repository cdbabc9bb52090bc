export { createModel, lenet5, type ModelEntry, type ModelOptions, mlp, models } from './models.js';
