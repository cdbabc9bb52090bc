import type { backend_util } from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';
import { work } from './work.js';

/** How windows of a pooling lie: as tfjs computes it, channels last; two-dimensional images have a depth of one. */
export interface PoolingGeometry {
  readonly images: number;
  readonly isMax: boolean;
  /** The assembly's `Pooling`, word by word, but for its last: see assembly/pooling.ts. */
  readonly words: readonly number[];
  readonly inputSize: number;
  readonly outputSize: number;
  /** Lines of outputs, by which the work is divided. */
  readonly lines: number;
  readonly window: number;
  readonly outShape: readonly number[];
}

type Info2d = backend_util.Conv2DInfo;
type Info3d = backend_util.Conv3DInfo;

/** From tfjs' description of a pooling in two dimensions. */
export const poolingOf2d = (info: Info2d, isMax: boolean): PoolingGeometry =>
  poolingOf(
    {
      ...info,
      inDepth: 1,
      outDepth: 1,
      filterDepth: 1,
      strideDepth: 1,
      padInfo: { ...info.padInfo, front: 0 },
    },
    isMax,
  );

/** From tfjs' description of a pooling in three dimensions. */
export const poolingOf = (
  info: Omit<
    Info3d,
    'outShape' | 'padInfo' | 'inShape' | 'filterShape' | 'dilationDepth' | 'effectiveFilterDepth'
  > & {
    outShape: number[];
    padInfo: { front: number; top: number; left: number };
  },
  isMax: boolean,
): PoolingGeometry => ({
  images: info.batchSize,
  isMax,
  words: [
    info.inChannels,
    info.inDepth,
    info.inHeight,
    info.inWidth,
    info.outDepth,
    info.outHeight,
    info.outWidth,
    info.filterDepth,
    info.filterHeight,
    info.filterWidth,
    info.strideDepth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.front,
    info.padInfo.top,
    info.padInfo.left,
    isMax ? 1 : 0,
  ],
  inputSize: info.batchSize * info.inDepth * info.inHeight * info.inWidth * info.inChannels,
  outputSize: info.batchSize * info.outDepth * info.outHeight * info.outWidth * info.inChannels,
  lines: info.batchSize * info.outDepth * info.outHeight,
  window: info.filterDepth * info.filterHeight * info.filterWidth,
  outShape: info.outShape,
});

/** y ← the largest, or the mean, of each window of x. */
export function pool(engine: Engine, of: PoolingGeometry, x: number, y: number): void {
  const parts = Math.max(1, Math.min(of.lines, engine.parts(of.outputSize * of.window * work.pooling)));
  engine.run('pool', parts, x, y, of.images, engine.table(of.words));
}

/** result ← the signal at x, given that at y: for the largest of each window, or shared by all of it. */
export function poolGradient(
  engine: Engine,
  of: PoolingGeometry,
  signal: number,
  x: number,
  result: number,
): void {
  const parts = Math.max(1, Math.min(of.images, engine.parts(of.outputSize * of.window * 2 * work.pooling)));
  engine.run('poolGradient', parts, signal, x, result, of.images, engine.table(of.words));
}
