import { FeedalignError } from '@feedalign/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { lenet5, lenetC5 } from './lenet.js';
import { localMixer } from './local-mixer.js';
import { lstm } from './lstm.js';
import { mixerSizeOf } from './mixer-sizes.js';
import { mlp } from './mlp.js';
import { mobilenetV2 } from './mobilenet.js';
import type { ModelOptions } from './options.js';
import { resnet18, resnet20, resnet32, resnet50, resnet56 } from './resnet.js';
import { vgg8b, vgg11, vgg16 } from './vgg.js';
import { visionTransformer } from './vision-transformer.js';

export interface ModelEntry {
  readonly title: string;
  /** How it is written, as `mlp:112,16`. */
  readonly usage: string;
  /** Makes the model from what follows the colon. */
  make(argument: string, options: ModelOptions): LayersModel;
}

/** A model of images, from this side on, that takes nothing after a colon. */
const ofImages = (
  name: string,
  least: number,
  title: string,
  make: (options: ModelOptions) => LayersModel,
): ModelEntry => ({
  title: `${title}, for images of at least ${least}×${least}`,
  usage: name,
  make: (argument, options) => make(imagesFor(name, least, argument, options)),
});

/** The models that can be named on a command line. */
export const models = {
  mlp: {
    title: 'Multilayer perceptron with hidden layers of these widths',
    usage: 'mlp:112,16',
    make: (argument, options) => mlp(widthsOf('mlp', argument), options),
  },
  lenet5: ofImages('lenet5', 28, 'LeNet-5', lenet5),
  'lenet-c5': ofImages('lenet-c5', 28, 'LeNet-5 with a third convolution', lenetC5),
  vgg8b: ofImages('vgg8b', 16, 'VGG-8b', vgg8b),
  vgg11: ofImages('vgg11', 8, 'VGG-11 with batch normalization', vgg11),
  vgg16: ofImages('vgg16', 8, 'VGG-16 with batch normalization', vgg16),
  resnet18: ofImages('resnet18', 8, 'ResNet-18', resnet18),
  resnet20: ofImages('resnet20', 8, 'ResNet-20', resnet20),
  resnet32: ofImages('resnet32', 8, 'ResNet-32', resnet32),
  resnet50: ofImages('resnet50', 8, 'ResNet-50', resnet50),
  resnet56: ofImages('resnet56', 8, 'ResNet-56', resnet56),
  mobilenetv2: ofImages('mobilenetv2', 8, 'MobileNetV2', mobilenetV2),
  vit: ofImages('vit', 8, 'Vision transformer of 4 blocks, 64 channels, 4 heads', visionTransformer),
  mixer: {
    title: 'Local mixer: size S, M or L (256, 512 or 2048 channels), patches along a side, groups',
    usage: 'mixer:M/8/16',
    make: (argument, options) => localMixer({ ...options, ...mixerSizeOf(argument) }),
  },
  lstm: {
    title: 'LSTM of so many units, over the rows of an image or sequence',
    usage: 'lstm:128',
    make: (argument, options) => lstm(unitsOf(argument), rowsOf(options)),
  },
} satisfies Record<string, ModelEntry>;

function widthsOf(name: string, argument: string): number[] {
  if (argument === '') return [];
  return argument.split(',').map((width) => {
    const units = Number(width);
    if (/^\d+$/.test(width) && Number.isSafeInteger(units) && units > 0) return units;
    throw new FeedalignError(
      'invalid-option',
      `'${name}:${argument}' names a layer of width '${width}'.`,
      'Write whole numbers with commas between, as mlp:112,16.',
    );
  });
}

function unitsOf(argument: string): number {
  const widths = widthsOf('lstm', argument);
  if (widths.length === 1) return widths[0];
  throw new FeedalignError(
    'invalid-option',
    `'lstm:${argument}' has ${widths.length} widths.`,
    'Write one, as lstm:128.',
  );
}

/** The options, for a model of sequences. */
function rowsOf(options: ModelOptions): ModelOptions {
  if (options.inputShape.length > 1) return options;
  throw new FeedalignError(
    'invalid-option',
    `lstm takes sequences or images, but the examples have the shape [${options.inputShape}].`,
    'Use an mlp, or another dataset.',
  );
}

/** The options, for a model of images that takes nothing after a colon. */
function imagesFor(name: string, least: number, argument: string, options: ModelOptions): ModelOptions {
  if (argument !== '') {
    throw new FeedalignError(
      'invalid-option',
      `'${name}:${argument}' has something after the colon.`,
      `Write ${name}.`,
    );
  }
  const [height = 0, width = 0, channels] = options.inputShape;
  if (channels !== undefined && height >= least && width >= least) return options;
  throw new FeedalignError(
    'invalid-option',
    `${name} takes images of at least ${least}×${least}, but the examples have the shape [${options.inputShape}].`,
    'Use an mlp, or another dataset.',
  );
}

/**
 * A model by its written form: `mlp:112,16`, `mlp:` (no hidden layer), `lenet5`, `resnet20`, `lstm:128` and the others of
 * `models`.
 *
 * @throws FeedalignError `unknown-name` for a model that is not in the table
 * @throws FeedalignError `invalid-option` for what follows the colon
 */
export function createModel(written: string, options: ModelOptions): LayersModel {
  const [name, ...rest] = written.split(':');
  const entry: ModelEntry | undefined = Object.hasOwn(models, name)
    ? models[name as keyof typeof models]
    : undefined;
  if (entry) return entry.make(rest.join(':'), options);
  const usages = Object.values(models).map(({ usage }) => usage);
  throw new FeedalignError(
    'unknown-name',
    `There is no model '${name}'.`,
    `Use one of ${usages.join(', ')}.`,
  );
}
