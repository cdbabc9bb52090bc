export { lenet5, lenetC5 } from './lenet.js';
export { type LstmOptions, lstm } from './lstm.js';
export { mlp } from './mlp.js';
export { mobilenetV2 } from './mobilenet.js';
export { createModel, type ModelEntry, models } from './models.js';
export type { ModelOptions } from './options.js';
export { resnet18, resnet20, resnet32, resnet50, resnet56 } from './resnet.js';
export { vgg8b, vgg11, vgg16 } from './vgg.js';
export { type VisionTransformerOptions, visionTransformer } from './vision-transformer.js';
