import type { Adapter } from './adapter.js';
import { activation } from './adapters/activation.js';
import { convolution2d } from './adapters/convolution.js';
import { convolution1d } from './adapters/convolution-1d.js';
import { dense } from './adapters/dense.js';
import { depthwiseConvolution, separableConvolution } from './adapters/depthwise.js';
import { dropout } from './adapters/dropout.js';
import { globalAveragePooling, globalMaxPooling } from './adapters/global-pooling.js';
import { groupedDense } from './adapters/grouped-dense.js';
import { input } from './adapters/input.js';
import { add, concatenate } from './adapters/merge.js';
import { batchNormalization, layerNormalization } from './adapters/normalization.js';
import { permute } from './adapters/permute.js';
import { averagePooling, maxPooling } from './adapters/pooling.js';
import { reshape } from './adapters/reshape.js';

/** The layers whose mathematics is stated in closed form, by class name in tfjs-layers; every other one is `derived`. */
export const adapters: Readonly<Record<string, Adapter>> = {
  Activation: activation,
  Add: add,
  AveragePooling1D: averagePooling,
  AveragePooling2D: averagePooling,
  BatchNormalization: batchNormalization,
  Concatenate: concatenate,
  Conv1D: convolution1d,
  Conv2D: convolution2d,
  Dense: dense,
  DepthwiseConv2D: depthwiseConvolution,
  Dropout: dropout,
  Flatten: reshape,
  GlobalAveragePooling1D: globalAveragePooling,
  GlobalAveragePooling2D: globalAveragePooling,
  GlobalMaxPooling1D: globalMaxPooling,
  GlobalMaxPooling2D: globalMaxPooling,
  GroupedDense: groupedDense,
  InputLayer: input,
  LayerNormalization: layerNormalization,
  MaxPooling1D: maxPooling,
  MaxPooling2D: maxPooling,
  Permute: permute,
  Reshape: reshape,
  SeparableConv2D: separableConvolution,
};
