export { type ActivationName, activationName, activations, isActivationName } from './activations.js';
export { keptWhereNotFinite, whenFinite } from './finite.js';
export type { ConvolutionAttributes } from './forms/convolution.js';
export type { Form } from './forms/forms.js';
export type { ProductAttributes, ProductInputs } from './forms/product.js';
export { addGradient, gradientBy } from './gradients.js';
export { changingPrimitive, type Given, type Primitive, primitive } from './primitive.js';
export { activate, activationGradient } from './primitives/activation.js';
export { gatherBatch, gatherBatchInto, type RowsAttributes, scaledRows } from './primitives/batch.js';
export {
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
} from './primitives/convolution.js';
export {
  type CrossEntropyAttributes,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from './primitives/cross-entropy.js';
export { exampleProducts, scaleExamples } from './primitives/examples.js';
export { exchangeAxes } from './primitives/exchange.js';
export {
  groupedInputGradient,
  groupedKernelGradient,
  groupedProduct,
} from './primitives/grouped-product.js';
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
  decayStep,
  momentumStep,
  rmspropStep,
} from './primitives/optimizers.js';
export { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from './primitives/pooling.js';
export type { PoolingAttributes } from './primitives/pooling-attributes.js';
export {
  denseInputGradient,
  denseKernelGradient,
  product,
} from './primitives/product.js';
export { meanOver, sumLeading, sumOver } from './primitives/reduction.js';
export { type Recorded, type Recorder, type Repeatable, registerRecorder, repeatable } from './recording.js';
export { withoutNegativePadding } from './tfjs/corrections/volumes.js';
export { type Feedback, type Pullback, pullback } from './tfjs/pullback.js';
export {
  type Correction,
  correctKernel,
  correctStockKernels,
  isCorrected,
} from './tfjs/stock-corrections.js';
export { type BackendInUse, type BackendName, backends, useBackend } from './use-backend.js';
export { wholeWindows } from './whole-windows.js';
