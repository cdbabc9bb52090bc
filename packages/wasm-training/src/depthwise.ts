import type { backend_util } from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';

type Info = backend_util.Conv2DInfo;

/** The assembly's `Depthwise`, word by word: see assembly/depthwise.ts. */
const wordsOf = (info: Info) => [
  info.inHeight,
  info.inWidth,
  info.inChannels,
  info.outHeight,
  info.outWidth,
  info.outChannels / info.inChannels,
  info.filterHeight,
  info.filterWidth,
  info.strideHeight,
  info.strideWidth,
  info.dilationHeight,
  info.dilationWidth,
  info.padInfo.top,
  info.padInfo.left,
];

/** Multiply-adds; each takes longer than in a product, since nothing that was read is used again. */
const workOf = (info: Info) =>
  info.batchSize *
  info.outHeight *
  info.outWidth *
  info.outChannels *
  info.filterHeight *
  info.filterWidth *
  4;

const among = (most: number, parts: number) => Math.max(1, Math.min(most, parts));

/** y ← x ∗ K + bias, each channel by its own windows: K [kh, kw, in, multiplier]; bias 0 for none. */
export function depthwise(engine: Engine, info: Info, x: number, kernel: number, bias: number, y: number) {
  const parts = among(info.batchSize * info.outHeight, engine.parts(workOf(info)));
  engine.run('depthwise', parts, x, kernel, bias, y, info.batchSize, engine.table(wordsOf(info)));
}

/** result ← the signal at x, given δ at y. */
export function depthwiseInputGradient(
  engine: Engine,
  info: Info,
  delta: number,
  kernel: number,
  result: number,
) {
  const parts = among(info.batchSize, engine.parts(workOf(info)));
  const shape = engine.table(wordsOf(info));
  engine.run('depthwiseInputGradient', parts, delta, kernel, result, info.batchSize, shape);
}

/** Groups of images that are summed apart, at most: they do not depend on the number of threads. */
const mostBlocks = 16;

/** result ← ∂L/∂K, given x and δ at y. */
export function depthwiseKernelGradient(
  engine: Engine,
  info: Info,
  x: number,
  delta: number,
  result: number,
) {
  const blocks = among(mostBlocks, info.batchSize);
  const size = info.filterHeight * info.filterWidth * info.outChannels;
  const partial = engine.scratch('partial', blocks * size * 4);
  const parts = among(blocks, engine.parts(workOf(info)));
  const shape = engine.table(wordsOf(info));
  engine.run('depthwiseKernelGradient', parts, x, delta, partial, blocks, info.batchSize, shape);
  engine.run('sumRows', 1, partial, result, blocks, size, 1, 0);
}
