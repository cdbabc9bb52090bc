export { type ActivationName, activationName, activations, isActivationName } from './activations.js';
export { withoutNegativePadding } from './corrections/volumes.js';
export { gradientBy, type Primitive, primitive } from './primitive.js';
export { activate, activationGradient } from './primitives/activation.js';
export { gatherBatch, gatherBatchInto, type RowsAttributes, scaledRows } from './primitives/batch.js';
export {
  type ConvolutionAttributes,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
} from './primitives/convolution.js';
export {
  type CrossEntropyAttributes,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from './primitives/cross-entropy.js';
export { type Distribution, type NoiseAttributes, noise } from './primitives/noise.js';
export {
  type NormalizationAttributes,
  normalize,
  normalizeGradient,
  normalizeScaleGradient,
} from './primitives/normalization.js';
export {
  type AdamAttributes,
  type AdamInputs,
  accumulateStep,
  adamStep,
  computedGradient,
  decayStep,
  momentumStep,
  rmspropStep,
} from './primitives/optimizers.js';
export { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from './primitives/pooling.js';
export type { PoolingAttributes } from './primitives/pooling-attributes.js';
export {
  denseInputGradient,
  denseKernelGradient,
  type ProductAttributes,
  type ProductInputs,
  product,
} from './primitives/product.js';
export { meanOver, sumLeading, sumOver } from './primitives/reduction.js';
export { type Feedback, type Pullback, pullback } from './pullback.js';
export {
  type Recorder,
  type Recording,
  type Repeated,
  type Replay,
  type Round,
  registerRecorder,
  repeated,
} from './repeated.js';
export { type Correction, correctKernel, correctStockKernels, isCorrected } from './stock-corrections.js';
export { type BackendInUse, type BackendName, backends, useBackend } from './use-backend.js';
