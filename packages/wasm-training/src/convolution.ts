import type { Scalar } from '@feedalign/core';
import type { backend_util } from '@tensorflow/tfjs-core';
import { type Engine, type Finish, finishBytes } from './engine.js';
import { type Axis, backwardAxis, forwardAxis, planWindow, type WindowPlan } from './window.js';
import { work } from './work.js';

/** What a convolution looks like: as tfjs computes it, channels last. */
export type Geometry = Pick<
  backend_util.Conv2DInfo,
  | 'batchSize'
  | 'inHeight'
  | 'inWidth'
  | 'inChannels'
  | 'outHeight'
  | 'outWidth'
  | 'outChannels'
  | 'filterHeight'
  | 'filterWidth'
  | 'strideHeight'
  | 'strideWidth'
  | 'dilationHeight'
  | 'dilationWidth'
> & { readonly padInfo: { readonly top: number; readonly left: number } };

const axesOf = (of: Geometry) =>
  [
    {
      image: { size: of.inHeight, outputs: of.outHeight, before: of.padInfo.top },
      kernel: { size: of.filterHeight, dilation: of.dilationHeight, stride: of.strideHeight },
    },
    {
      image: { size: of.inWidth, outputs: of.outWidth, before: of.padInfo.left },
      kernel: { size: of.filterWidth, dilation: of.dilationWidth, stride: of.strideWidth },
    },
  ] as const;

/** Outputs of a band, and bytes of its copied image: what stays in the second-level cache beside the kernel. */
const bandLimits = { outputs: 256, bytes: 192 * 1024 };
/** Numbers of a band's signal, packed. */
const signalNumbers = 32 * 1024;

/** The plan as the assembly reads it, with its tables: bytes that belong to the kernel's places, given by `bytes`. */
function write(engine: Engine, plan: WindowPlan, x: number, placeBytes: number, places: readonly number[]) {
  const { words, offsets } = plan;
  const kernelOffsets = plan.places.map((place) => place * placeBytes);
  const at = engine.table([...words, ...places, ...offsets, ...kernelOffsets], (start) => ({
    reads: { 0: x, 16: start + (words.length + places.length) * 4 },
    writes: places[0] ? { [words.length]: places[0] } : {},
  }));
  return {
    window: at,
    places: at + words.length * 4,
    kernelOffsets: at + (words.length + places.length + offsets.length) * 4,
  };
}

/** Windows over x, times a kernel's places, packed: what both the forward pass and the way back are. */
function convolve(
  engine: Engine,
  { images, rows, columns, channels, outputs }: Passage,
  x: number,
  kernel: { at: number; columns: number; line: number; inner: number },
  places: readonly number[],
  finish: Finish,
): void {
  const plan = planWindow(rows, columns, channels, kernel.columns, bandLimits);
  const taps = plan.places.length;
  const tables = write(engine, plan, x, channels * outputs * 4, places);
  const packed = engine.scratch('packed', ((outputs + 7) & ~7) * taps * channels * 4);
  engine.run(
    'packColumns',
    engine.parts(outputs * taps * channels * work.packing),
    kernel.at,
    tables.kernelOffsets,
    taps,
    kernel.line,
    kernel.inner,
    outputs,
    channels,
    packed,
  );
  const copyAt = (plan.bandRows * columns.outputs * 8 + 32 + 63) & ~63;
  engine.local(copyAt + plan.copyBytes + 64);
  const bands = images * plan.bands;
  const operations = images * rows.outputs * columns.outputs * taps * channels * outputs;
  engine.run(
    'convolve',
    Math.max(1, Math.min(bands, engine.parts(operations))),
    images,
    tables.window,
    tables.places,
    packed,
    outputs,
    engine.finish(finish),
    copyAt,
  );
}

interface Passage {
  readonly images: number;
  readonly rows: Axis;
  readonly columns: Axis;
  /** Numbers of a pixel that is read, and of one that is written. */
  readonly channels: number;
  readonly outputs: number;
}

/** y ← finish(x ∗ K): x [N, h, w, in], K [kh, kw, in, out] → [N, h′, w′, out]. */
export function convolveForward(
  engine: Engine,
  of: Geometry,
  x: number,
  kernel: number,
  y: number,
  finish: Finish,
): void {
  const [rows, columns] = axesOf(of);
  const pixel = of.outChannels * 4;
  convolve(
    engine,
    {
      images: of.batchSize,
      rows: forwardAxis(rows.image, rows.kernel),
      columns: forwardAxis(columns.image, columns.kernel),
      channels: of.inChannels,
      outputs: of.outChannels,
    },
    x,
    { at: kernel, columns: of.filterWidth, line: 1, inner: of.outChannels },
    [y, of.outHeight * of.outWidth * pixel, of.outWidth * pixel, pixel],
    finish,
  );
}

/** The signal at x, given that at y: for each phase of the strides a convolution with a part of the kernel, turned. */
export function convolveBackward(
  engine: Engine,
  of: Geometry,
  delta: number,
  kernel: number,
  result: number,
): void {
  const [rows, columns] = axesOf(of);
  const pixel = of.inChannels * 4;
  for (let phaseRow = 0; phaseRow < Math.min(of.strideHeight, of.inHeight); phaseRow++) {
    for (let phaseColumn = 0; phaseColumn < Math.min(of.strideWidth, of.inWidth); phaseColumn++) {
      convolve(
        engine,
        {
          images: of.batchSize,
          rows: backwardAxis(rows.image, rows.kernel, phaseRow),
          columns: backwardAxis(columns.image, columns.kernel, phaseColumn),
          channels: of.outChannels,
          outputs: of.inChannels,
        },
        delta,
        { at: kernel, columns: of.filterWidth, line: of.outChannels, inner: 1 },
        [
          result + (phaseRow * of.inWidth + phaseColumn) * pixel,
          of.inHeight * of.inWidth * pixel,
          of.strideHeight * of.inWidth * pixel,
          of.strideWidth * pixel,
        ],
        {},
      );
    }
  }
}

/** Groups of bands that are summed apart, at most, and numbers of all their sums. */
const mostPartials = 8;
const partialNumbers = 1 << 20;
/** Numbers from pixel to pixel from which windows are packed for the gradient by the kernel, and bytes for each pixel. */
const packedFrom = 128;
const leftBytes = 8 * 16;

/** result ← keep·result + scale·∂L/∂K, given x and δ at y. */
export function convolveByKernel(
  engine: Engine,
  of: Geometry,
  x: number,
  delta: number,
  result: number,
  { scale, keep }: { readonly scale: Scalar; readonly keep: Scalar },
): void {
  const [rows, columns] = axesOf(of);
  const n = of.outChannels;
  const size = of.filterHeight * of.filterWidth * of.inChannels * n;
  const plan = planWindow(
    forwardAxis(rows.image, rows.kernel),
    forwardAxis(columns.image, columns.kernel),
    of.inChannels,
    of.filterWidth,
    { ...bandLimits, outputs: Math.min(bandLimits.outputs, Math.max(32, Math.floor(signalNumbers / n))) },
  );
  const tables = write(engine, plan, x, 0, [0]);
  const bands = of.batchSize * plan.bands;
  const partials = Math.min(mostPartials, bands, Math.max(1, Math.floor(partialNumbers / size)));
  const partial = engine.scratch('partial', partials * size * 4);
  const groups = plan.segments * Math.ceil(plan.length / 4);
  const wanted = engine.parts(of.batchSize * of.outHeight * of.outWidth * size);
  const acrossRows = wanted === 1 ? 1 : Math.max(1, Math.min(groups, Math.ceil(wanted / partials)));

  const packedAt = (finishBytes + plan.bandRows * 4 + 16 + groups * 32 + 63) & ~63;
  const packedBytes = plan.bandRows * of.outWidth * ((n + 7) & ~7) * 4;
  const copyAt = (packedAt + packedBytes + 63) & ~63;
  const leftAt = (copyAt + plan.copyBytes + 63) & ~63;
  const isLeftPacked = of.inChannels * of.strideWidth >= packedFrom;
  engine.local(leftAt + (isLeftPacked ? plan.bandRows * of.outWidth * leftBytes : 0) + 64);
  engine.run(
    'convolveByKernel',
    partials * acrossRows,
    of.batchSize,
    tables.window,
    delta,
    n,
    partial,
    partials,
    tables.places,
    acrossRows,
    packedAt,
    copyAt,
    isLeftPacked ? leftAt : 0,
  );
  engine.run(
    'sumRows',
    engine.parts(partials * size * work.summing),
    partial,
    result,
    partials,
    size,
    scale,
    keep,
  );
}
