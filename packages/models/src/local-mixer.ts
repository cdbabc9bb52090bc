import { FeedalignError } from '@feedalign/core';
import { initializers, type LayersModel, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type Builder, builder } from './builder.js';
import { GroupedDense } from './grouped-dense.js';
import type { ModelOptions } from './options.js';

export interface LocalMixerOptions extends ModelOptions {
  /** Channels of a patch, made a multiple of `groups`. Default 512. */
  readonly channels?: number;
  /** Patches along each side of the image; 1 takes examples of any shape. Default 8. */
  readonly patches?: number;
  /** Groups of channels, each with a local loss of its own in the paper. Default 16. */
  readonly groups?: number;
  /** Default 4. */
  readonly blocks?: number;
}

/** Patches × channels, in groups of channels. */
interface Sizes {
  readonly places: number;
  readonly channels: number;
  readonly groups: number;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);
const kinds = ['tokens', 'channels', 'groups'] as const;
type Kind = (typeof kinds)[number];

/** The linear layers of a block; the first block does not mix patches. */
const kindsOf = (block: number): readonly Kind[] => (block === 0 ? kinds.slice(1) : kinds);
const nameOf = (block: number, kind: Kind) => `block_${block}_${kind}`;

/**
 * The names of the layers with weights, block by block: what the rule `local` takes as its `blocks`. A block then ends at the
 * normalization with which the next one begins, so that its own read-out sees normalized channels, as in the paper.
 *
 * @example
 * ```ts
 * convert(localMixer(options), local(fga(), { blocks: localMixerBlocks() }));
 * ```
 */
export const localMixerBlocks = (blocks = 4): string[][] =>
  Array.from({ length: blocks }, (_, block) => kindsOf(block).map((kind) => nameOf(block, kind)));

function requireWhole(sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (Number.isSafeInteger(size) && size > 0) continue;
    throw new FeedalignError(
      'invalid-option',
      `A mixer was given ${size} ${name}.`,
      'Give a whole number from 1 on.',
    );
  }
}

/** Each patch as a row of its pixels: [height, width, …] → [places, numbers in a patch]. */
function patched(build: Builder, shape: readonly number[], patches: number): SymbolicTensor {
  const reshaped = (targetShape: number[], x: SymbolicTensor) =>
    build.apply(layers.reshape({ targetShape }), x);
  if (patches === 1) return reshaped([1, sizeOf(shape)], build.image);
  const [height = 0, width = 0, ...rest] = shape;
  if (![patches, height / patches, width / patches].every((side) => Number.isInteger(side) && side > 0)) {
    throw new FeedalignError(
      'invalid-option',
      `A mixer of ${patches}×${patches} patches was given examples of the shape [${shape}].`,
      'Give images whose sides are multiples of the patches along one, or one patch.',
    );
  }
  const [rows, columns] = [height / patches, (width / patches) * sizeOf(rest)];
  const strips = reshaped([patches, rows, patches, columns], build.image);
  const apart = build.apply(layers.permute({ dims: [1, 3, 2, 4] }), strips);
  return reshaped([patches * patches, rows * columns], apart);
}

/** Mean 0 and variance 1 over the channels of each place, or over each group of them, and nothing learned. */
function normalized(build: Builder, x: SymbolicTensor, name: string, groups = 1): SymbolicTensor {
  const [, places, channels] = x.shape as number[];
  const norm = layers.layerNormalization({ name, epsilon: 1e-5, center: false, scale: false });
  if (groups === 1) return build.apply(norm, x);
  const apart = layers.reshape({ targetShape: [places, groups, channels / groups], name: `${name}_apart` });
  const together = layers.reshape({ targetShape: [places, channels], name: `${name}_together` });
  return build.apply(together, build.apply(norm, build.apply(apart, x)));
}

/** The linear layer of a kind between two normalizations. */
function stage(build: Builder, x: SymbolicTensor, name: string, kind: Kind, sizes: Sizes): SymbolicTensor {
  const groups = kind === 'groups' ? sizes.groups : 1;
  const [axis, units] = kind === 'tokens' ? [1, sizes.places] : [-1, sizes.channels];
  const fanIn = (x.shape.at(axis) as number) / groups;
  const settings = { name, units, kernelInitializer: build.normal(Math.min(2 / Math.sqrt(fanIn), 0.1)) };
  const linear =
    kind === 'channels' ? layers.dense(settings) : new GroupedDense({ ...settings, groups, axis });
  const before = normalized(build, x, `${name}_before`, groups);
  return normalized(build, build.apply(linear, before), `${name}_after`, groups);
}

/**
 * The local mixer, whose blocks are made to learn by losses of their own: a layer over the channels of each patch and one
 * over each group of channels; from the second block on one over the patches before them, and the block's input added at
 * the end. Normalizations without weights stand around each of these layers, over a patch's channels or a group's, and ReLU
 * after each block's sum and between its layers. A softmax reads the mean over the patches.
 *
 * S/1/1 (256 channels, one patch, one group, one block) has 269,322 numbers for 28×28×1, M/1/16 has 423,946; M/8/16 has
 * 898,250 for 32×32×3, L/8/64 12,992,714. The published counts, 271,892, 429,076, 918,770 and 13,074,674, have the
 * read-outs of the local losses too, one of channels·classes + classes for each block, which belong to the rule here.
 *
 * Kernels are normal with the standard deviation min(2/√inputs, 0.1) and the read-out begins at zero, as in the authors'
 * code. tfjs' own `fit` has no gradient of a normalization without weights: convert the model first, to `bp()` for
 * backpropagation.
 *
 * Source: Ren, Kornblith, Liao and Hinton 2022, 'Scaling forward gradient with local losses' (arXiv:2210.03310).
 *
 * @throws FeedalignError `invalid-option` for sizes that are no whole numbers from 1 on, and for images that cannot be cut
 * into so many patches
 * @example
 * ```ts
 * const model = localMixer({ inputShape: [32, 32, 3], classes: 10, channels: 512, patches: 8, groups: 16, blocks: 4 });
 * ```
 */
export function localMixer(options: LocalMixerOptions): LayersModel {
  const { inputShape, channels: given = 512, patches = 8, groups = 16, blocks = 4 } = options;
  requireWhole({ channels: given, patches, groups, blocks });
  const build = builder(options);
  const channels = groups * Math.max(1, Math.round(build.scaled(given) / groups));
  const sizes = { places: patches * patches, channels, groups };
  const activated = (name: string, x: SymbolicTensor) =>
    build.apply(layers.activation({ name, activation: build.activation as 'relu' }), x);
  let x = patched(build, inputShape, patches);
  for (let block = 0; block < blocks; block++) {
    let within = x;
    for (const kind of kindsOf(block)) {
      const name = nameOf(block, kind);
      const linear = stage(build, within, name, kind, sizes);
      within = kind === 'groups' ? linear : activated(`${name}_activation`, linear);
    }
    const sum = block === 0 ? within : build.apply(layers.add({ name: `block_${block}_sum` }), [within, x]);
    x = activated(`block_${block}_output`, sum);
  }
  const mean = build.apply(layers.globalAveragePooling1d({ name: 'mean_over_patches' }), x);
  const norm = layers.layerNormalization({
    name: 'mean_normalized',
    epsilon: 1e-5,
    center: false,
    scale: false,
  });
  return build.classifier(build.apply(norm, mean), initializers.zeros());
}
