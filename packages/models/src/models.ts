import { createRng, FeedalignError, type Rng } from '@feedalign/core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './options.js';
import { resnet20 } from './resnet.js';

/** Layers' seeds, one after the other: tfjs' initializers draw from a generator of their own by these. */
const seedsFrom = (rng: Rng) => () => initializers.glorotUniform({ seed: rng.integer() });

/**
 * A multilayer perceptron: the input flattened, hidden layers of these widths, a softmax. Glorot-uniform weights,
 * biases zero.
 *
 * @example
 * ```ts
 * const model = mlp([112, 16], { inputShape: [28, 28, 1], classes: 10, seed: 1 });
 * ```
 */
export function mlp(widths: readonly number[], options: ModelOptions): LayersModel {
  const { inputShape, classes, seed = 0, activation = 'relu' } = options;
  const next = seedsFrom(createRng(seed).stream('model'));
  const model = sequential({ layers: [layers.inputLayer({ inputShape: [...inputShape] })] });
  if (inputShape.length > 1) model.add(layers.flatten());
  for (const units of widths) model.add(layers.dense({ units, activation, kernelInitializer: next() }));
  model.add(layers.dense({ units: classes, activation: 'softmax', kernelInitializer: next() }));
  return model;
}

/**
 * LeNet-5 as it is used today: two 5×5 convolutions (6 `same`, 16 `valid`), each with 2×2 max pooling, then dense
 * layers of 120 and 84. 61,706 numbers for 28×28 grey images and ten classes.
 *
 * Source: LeCun, Bottou, Bengio and Haffner 1998, whose subsampling and radial outputs nobody uses any more.
 */
export function lenet5(options: ModelOptions): LayersModel {
  const { inputShape, classes, seed = 0, activation = 'relu' } = options;
  const next = seedsFrom(createRng(seed).stream('model'));
  // 32×32 images are what the original pads 28×28 ones to.
  const padding = inputShape[0] < 32 ? 'same' : 'valid';
  const convolution = (filters: number, more: { padding: 'same' | 'valid'; inputShape?: number[] }) =>
    layers.conv2d({ filters, kernelSize: 5, activation, kernelInitializer: next(), ...more });
  return sequential({
    layers: [
      convolution(6, { padding, inputShape: [...inputShape] }),
      layers.maxPooling2d({ poolSize: 2 }),
      convolution(16, { padding: 'valid' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 120, activation, kernelInitializer: next() }),
      layers.dense({ units: 84, activation, kernelInitializer: next() }),
      layers.dense({ units: classes, activation: 'softmax', kernelInitializer: next() }),
    ],
  });
}

export interface ModelEntry {
  readonly title: string;
  /** How it is written, as `mlp:112,16`. */
  readonly usage: string;
  /** Makes the model from what follows the colon. */
  make(argument: string, options: ModelOptions): LayersModel;
}

/** The models that can be named on a command line. */
export const models = {
  mlp: {
    title: 'Multilayer perceptron with hidden layers of these widths',
    usage: 'mlp:112,16',
    make: (argument, options) => mlp(widthsOf(argument), options),
  },
  lenet5: {
    title: 'LeNet-5, for images of at least 28×28',
    usage: 'lenet5',
    make: (argument, options) => lenet5(imagesFor('lenet5', 28, argument, options)),
  },
  resnet20: {
    title: 'ResNet-20, for images of at least 8×8',
    usage: 'resnet20',
    make: (argument, options) => resnet20(imagesFor('resnet20', 8, argument, options)),
  },
} satisfies Record<string, ModelEntry>;

function widthsOf(argument: string): number[] {
  if (argument === '') return [];
  return argument.split(',').map((width) => {
    const units = Number(width);
    if (/^\d+$/.test(width) && Number.isSafeInteger(units) && units > 0) return units;
    throw new FeedalignError(
      'invalid-option',
      `'mlp:${argument}' names a layer of width '${width}'.`,
      'Write whole numbers with commas between, as mlp:112,16.',
    );
  });
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
 * A model by its written form: `mlp:112,16`, `mlp:` (no hidden layer), `lenet5`, `resnet20`.
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
