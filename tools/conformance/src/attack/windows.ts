import { backend_util } from '@tensorflow/tfjs-core';
import type { Dice } from './dice.js';

type Four = [number, number, number, number];
type Five = [number, number, number, number, number];
type Pair = [number, number];

/** A window over images that have room for it, and what a convolution with it makes. */
export function aWindow(chance: Dice, isDepthwise = false, mayDilate = true) {
  const steps = chance.shape(2, 3) as Pair;
  const isDilated = mayDilate && chance.chance(0.25);
  const [strides, dilations]: [Pair, Pair] = isDilated ? [[1, 1], steps] : [steps, [1, 1]];
  const window = chance.shape(2, 4) as Pair;
  const fit = (i: 0 | 1) => chance.int(0, 4) + (window[i] - 1) * dilations[i] + 1;
  const channels = chance.pick([1, 2, 3, 4, 5, 9]);
  const outputs = isDepthwise ? chance.int(1, 3) : chance.pick([1, 2, 3, 4, 8, 9]);
  const x: Four = [chance.int(1, 3), fit(0), fit(1), channels];
  const kernel: Four = [...window, channels, outputs];
  const padding = chance.pick(['same', 'valid'] as const);
  const y = backend_util.computeConv2DInfo(
    x,
    kernel,
    strides,
    dilations,
    padding,
    undefined,
    isDepthwise,
  ).outShape;
  return { x, kernel, y, strides, dilations, padding, bias: [y[3]] };
}

/** The same for pooling. */
export function aPool(chance: Dice) {
  const strides = chance.shape(2, 3) as Pair;
  const poolSize = chance.shape(2, 4) as Pair;
  const fit = (i: 0 | 1) => chance.int(0, 4) + poolSize[i];
  const x: Four = [chance.int(1, 3), fit(0), fit(1), chance.pick([1, 2, 3, 4, 5, 9])];
  const padding = chance.pick(['same', 'valid'] as const);
  const y = backend_util.computePool2DInfo(x, poolSize, strides, 1, padding).outShape;
  return { x, y, poolSize, strides, padding };
}

/** The same in three dimensions. */
export function aPool3d(chance: Dice) {
  const strides = chance.shape(3, 3) as [number, number, number];
  const filterSize = chance.shape(3, 3) as [number, number, number];
  const fit = (i: 0 | 1 | 2) => chance.int(0, 3) + filterSize[i];
  const x: Five = [chance.int(1, 2), fit(0), fit(1), fit(2), chance.int(1, 5)];
  const pad = chance.pick(['same', 'valid'] as const);
  const y = backend_util.computePool3DInfo(x, filterSize, strides, 1, pad).outShape;
  return { x, y, filterSize, strides, pad };
}
