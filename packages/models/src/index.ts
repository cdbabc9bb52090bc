export { createModel, lenet5, type ModelEntry, mlp, models } from './models.js';
export type { ModelOptions } from './options.js';
export { resnet20 } from './resnet.js';
