import { refusals } from './refusals.js';
import { refuse } from './refuse.js';
import type { Config, Context } from './rewrite.js';

/** What any layer may say. */
const common =
  'name trainable dtype batch_input_shape batch_shape build_config dynamic autocast seed rng_type force_generator';

const weight = (name: string) => `${name}_initializer ${name}_regularizer ${name}_constraint`;
const kernel = `${weight('kernel')} ${weight('bias')} use_bias activation activity_regularizer`;
const fineTuning = 'lora_rank lora_alpha quantization_config';
const convolution = `filters kernel_size strides padding data_format dilation_rate groups ${kernel} rank ${fineTuning}`;
const depthwise = `${convolution} depth_multiplier ${weight('depthwise')}`;
const separable = `${depthwise} ${weight('pointwise')}`;
const pooling = 'pool_size strides padding data_format';
const globalPooling = 'data_format keepdims';
const cell = `units ${kernel} ${weight('recurrent')} dropout recurrent_dropout recurrent_activation unit_forget_bias reset_after implementation`;
const steps =
  'return_sequences return_state go_backwards stateful unroll time_major zero_output_for_mask input_dim input_length use_cudnn';
const attention = 'use_scale score_mode dropout causal';
const scaled = `axis epsilon center scale ${weight('gamma')} ${weight('beta')}`;

const each = (classes: string, options: string): [string, ReadonlySet<string>][] =>
  classes.split(' ').map((name) => [name, new Set(`${common} ${options}`.split(' '))]);

/** The options of Keras' layers, in the words of both versions. */
const options: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...each('Activation', 'activation'),
  ...each('Add Average Maximum Minimum Multiply Subtract Identity', ''),
  ...each('AdditiveAttention Attention', attention),
  ...each(
    'AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D',
    pooling,
  ),
  ...each(
    'BatchNormalization BatchNormalizationV1 SyncBatchNormalization',
    `${scaled} momentum moving_mean_initializer moving_variance_initializer renorm renorm_clipping renorm_momentum fused virtual_batch_size adjustment synchronized`,
  ),
  ...each('Bidirectional', 'layer backward_layer merge_mode'),
  ...each('CenterCrop', 'height width data_format'),
  ...each('Concatenate', 'axis'),
  ...each(
    'Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose',
    `${convolution} output_padding`,
  ),
  ...each('ConvLSTM2D', `${convolution} ${cell} ${steps}`),
  ...each('Cropping1D Cropping2D Cropping3D', 'cropping data_format'),
  ...each('Dense', `units input_dim ${kernel} ${fineTuning}`),
  ...each('DepthwiseConv1D DepthwiseConv2D', depthwise),
  ...each('Dot', 'axes normalize'),
  ...each(
    'Dropout AlphaDropout GaussianDropout SpatialDropout1D SpatialDropout2D SpatialDropout3D',
    'rate noise_shape data_format',
  ),
  ...each('ELU', 'alpha'),
  ...each(
    'Embedding',
    `input_dim output_dim input_length mask_zero sparse weights activity_regularizer ${weight('embeddings')} ${fineTuning}`,
  ),
  ...each('Flatten', 'data_format'),
  ...each('GRU LSTM SimpleRNN UnifiedGRU UnifiedLSTM', `${cell} ${steps}`),
  ...each('GRUCell LSTMCell SimpleRNNCell', cell),
  ...each('GaussianNoise', 'stddev'),
  ...each('GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D', globalPooling),
  ...each('GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D', globalPooling),
  ...each('GroupNormalization', `groups ${scaled}`),
  ...each('InputLayer', 'sparse ragged optional type_spec input_shape shape batch_size'),
  ...each('LayerNormalization', `${scaled} rms_scaling`),
  ...each('LeakyReLU', 'alpha negative_slope'),
  ...each('Masking', 'mask_value'),
  ...each(
    'MultiHeadAttention',
    `num_heads key_dim value_dim dropout output_shape attention_axes flash_attention use_gate sliding_window ${kernel} query_shape key_shape value_shape`,
  ),
  ...each('Normalization', 'axis mean variance invert'),
  ...each('PReLU', `shared_axes ${weight('alpha')}`),
  ...each('Permute', 'dims'),
  ...each('RMSNormalization', 'axis epsilon'),
  ...each('RNN', `cell ${steps}`),
  ...each('ReLU', 'max_value negative_slope threshold'),
  ...each('RepeatVector', 'n'),
  ...each('Rescaling', 'scale offset'),
  ...each('Reshape', 'target_shape'),
  ...each(
    'Resizing',
    'height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value data_format antialias',
  ),
  ...each('SeparableConv1D SeparableConv2D', separable),
  ...each('Softmax UnitNormalization', 'axis'),
  ...each('StackedRNNCells', 'cells reverse_state_order'),
  ...each('ThresholdedReLU', 'theta'),
  ...each('TimeDistributed', 'layer'),
  ...each('UpSampling1D UpSampling2D UpSampling3D', 'size data_format interpolation'),
  ...each('ZeroPadding1D ZeroPadding2D ZeroPadding3D', 'padding data_format'),
]);

/** Whether Keras has a layer of that name. */
export const isOfKeras = (className: string): boolean =>
  options.has(className) || Object.hasOwn(refusals, className);

/** What only makes a difference if it is there, and is not done. */
const unread: Readonly<Record<string, readonly [problem: string, wayOut: string]>> = {
  antialias: ['smooths before it shrinks (antialias)', 'Save it with antialias=False.'],
  lora_rank: [
    'is being fine-tuned with LoRA (lora_rank)',
    'Save the model without enable_lora(): give its weights to one that was made anew.',
  ],
  quantization_config: ['has quantized weights', 'Save the model before quantizing it.'],
};

/** Refuses a layer that says what this package does not know, or knows and does not do. */
export function refuseUnread(config: Config, context: Context): void {
  const known = options.get(context.className);
  if (!known) return;
  for (const [option, value] of Object.entries(config)) {
    if (!known.has(option)) {
      refuse(
        context,
        `has the option '${option}', which Keras 2 and Keras 3 do not have`,
        'Save it without; if the class is your own, give it a name of its own.',
      );
    }
    if (Object.hasOwn(unread, option) && value != null && value !== false) refuse(context, ...unread[option]);
  }
}
