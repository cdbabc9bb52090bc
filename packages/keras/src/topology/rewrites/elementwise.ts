import type { Json } from '../model.js';
import { refuse } from '../refuse.js';
import { numberOf, operation, type Rewrite } from '../rewrite.js';

/** Does nothing when predicting, and here not in training either. */
const passThrough: Rewrite = (_, { className }) => ({ className: 'PassThrough', config: { was: className } });

const spatialDropout =
  (axes: number): Rewrite =>
  ({ rate, data_format }) => {
    const ones = Array<number>(axes).fill(1);
    const noiseShape = data_format === 'channels_first' ? [null, null, ...ones] : [null, ...ones, null];
    return { className: 'Dropout', config: { rate, noise_shape: noiseShape } };
  };

const globalPooling =
  (reduction: string, axes: number): Rewrite =>
  (config, { masked }) => {
    const { keepdims = false, data_format = null } = config;
    const isMasked = masked && reduction === 'mean' && axes === 1;
    if (keepdims !== true && axes < 3 && !isMasked) return { config };
    return {
      className: 'GlobalPooling',
      config: { reduction, axes, keepdims, data_format, masked: isMasked },
    };
  };

const augmentations = `AugMix AutoContrast CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration
RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
RandomSharpness RandomShear RandomTranslation RandomWidth RandomZoom`.split(/\s+/);

export const elementwise: Readonly<Record<string, Rewrite>> = {
  ...Object.fromEntries(augmentations.map((name) => [name, passThrough])),
  BatchNormalization: ({ axis = -1, renorm, ...config }, context) => {
    if (renorm === true) refuse(context, 'renormalizes its batches (renorm)', 'Save it with renorm=False.');
    const channels = [axis].flat()[0] as number;
    const isLast = channels === -1 || channels + 1 === context.rank;
    // tfjs takes the wrong means along any other axis, and no more than four axes.
    return isLast && (context.rank ?? 0) <= 4
      ? { config: { ...config, axis: -1 } }
      : { className: 'AxisBatchNormalization', config: { ...config, axis: channels } };
  },
  CustomScaleLayer: ({ scale }) => operation('scaledAdd', { scale }),
  ELU: ({ alpha, ...config }) =>
    numberOf(alpha, 1) === 1 ? { config } : operation('elu', { alpha: numberOf(alpha, 1) }),
  GlobalAveragePooling1D: globalPooling('mean', 1),
  GlobalAveragePooling2D: globalPooling('mean', 2),
  GlobalAveragePooling3D: globalPooling('mean', 3),
  GlobalMaxPooling1D: globalPooling('max', 1),
  GlobalMaxPooling2D: globalPooling('max', 2),
  GlobalMaxPooling3D: globalPooling('max', 3),
  Identity: passThrough,
  LayerNormalization: ({ rms_scaling, ...config }, context) => {
    if (rms_scaling === true) refuse(context, 'has rms_scaling', 'Use RMSNormalization in its place.');
    return { config };
  },
  LeakyReLU: ({ negative_slope, alpha, ...config }) => ({
    config: { ...config, alpha: numberOf(negative_slope ?? alpha, 0.3) },
  }),
  ReLU: ({ max_value = null, negative_slope, threshold, ...config }) => {
    const maxValue: Json = max_value === null ? null : numberOf(max_value, 0);
    const [slope, from] = [numberOf(negative_slope, 0), numberOf(threshold, 0)];
    return slope === 0 && from === 0
      ? { config: { ...config, max_value: maxValue } }
      : operation('rectified', { negativeSlope: slope, threshold: from, maxValue });
  },
  Softmax: ({ axis = -1, ...config }, { rank }) => {
    const axes = [axis].flat() as number[];
    const isLast = axes.length === 1 && (axes[0] === -1 || axes[0] + 1 === rank);
    // tfjs has softmax along the last axis only.
    return isLast ? { config: { ...config, axis: -1 } } : operation('softmax', { axis: axes });
  },
  SpatialDropout2D: spatialDropout(2),
  SpatialDropout3D: spatialDropout(3),
  StochasticDepth: passThrough,
  Subtract: () => operation('subtract'),
  ThresholdedReLU: ({ theta, ...config }) => ({ config: { ...config, theta: numberOf(theta, 1) } }),
};
