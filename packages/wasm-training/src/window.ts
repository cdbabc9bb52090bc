/**
 * How a window moves over images, as the assembly's `Window` has it: see assembly/window.ts.
 */

/** A place of a window along one axis: how far it is from the window's corner, and which place of the kernel it takes. */
interface Tap {
  readonly offset: number;
  readonly place: number;
}

/** One axis of a window over images. */
export interface Axis {
  /** Rows, or columns, of the image. */
  readonly size: number;
  readonly outputs: number;
  readonly stride: number;
  /** Rows, or columns, that the window sees before the first of the image. */
  readonly before: number;
  readonly taps: readonly Tap[];
}

/** A kernel of `size` places, `dilation` apart, that moves by `stride`. */
export const forwardAxis = (
  image: { size: number; outputs: number; before: number },
  kernel: { size: number; dilation: number; stride: number },
): Axis => ({
  ...image,
  stride: kernel.stride,
  taps: Array.from({ length: kernel.size }, (_, place) => ({ offset: place * kernel.dilation, place })),
});

/**
 * The axis on which a gradient goes back: inputs i = phase, phase + stride, … each get signals from the outputs
 * (i + before − place·dilation)/stride, for the places of the kernel where that is a whole number. With a stride there
 * are as many such axes as the stride is long, each with a part of the kernel and a stride of one.
 */
export function backwardAxis(
  image: { size: number; outputs: number; before: number },
  kernel: { size: number; dilation: number; stride: number },
  phase: number,
): Axis {
  const { stride, dilation } = kernel;
  const taps = Array.from({ length: kernel.size }, (_, place) => place)
    .filter((place) => (phase + image.before - place * dilation) % stride === 0)
    .map((place) => ({ offset: (phase + image.before - place * dilation) / stride, place }))
    .reverse();
  const before = Math.max(0, -(taps[0]?.offset ?? 0));
  return {
    size: image.outputs,
    outputs: Math.ceil((image.size - phase) / stride),
    stride: 1,
    before,
    taps: taps.map(({ offset, place }) => ({ offset: offset + before, place })),
  };
}

/** What a band of outputs may take: so many outputs, and so many bytes of copied images. */
export interface BandLimits {
  readonly outputs: number;
  readonly bytes: number;
}

export interface WindowPlan {
  /** The assembly's `Window`, word by word; `x` and `offsets` stand at 0 and 17 and are not known yet. */
  readonly words: readonly number[];
  /** Bytes from the window's corner to each run of numbers that it looks at. */
  readonly offsets: readonly number[];
  /** The places of the kernel in the order in which they are looked at: row · kernel columns + column. */
  readonly places: readonly number[];
  readonly segments: number;
  readonly length: number;
  readonly bands: number;
  readonly bandRows: number;
  /** Bytes of a band's copy. */
  readonly copyBytes: number;
}

const reachOf = ({ taps }: Axis) => (taps.at(-1)?.offset ?? 0) + 1;

/** Whether the window sees nothing but the image. */
const isInside = (axis: Axis) =>
  axis.before === 0 && (axis.outputs - 1) * axis.stride + reachOf(axis) <= axis.size;

/** Plans how a window moves, and how many rows of outputs are made at a time. */
export function planWindow(
  rows: Axis,
  columns: Axis,
  channels: number,
  kernelColumns: number,
  limits: BandLimits,
): WindowPlan {
  const isPadded = !(isInside(rows) && isInside(columns));
  const seen = (columns.outputs - 1) * columns.stride + reachOf(columns);
  const bandColumns = isPadded ? Math.max(seen, columns.before) : columns.size;
  const line = bandColumns * channels * 4;

  const within = Math.floor((limits.bytes / line - reachOf(rows)) / rows.stride) + 1;
  const most = Math.max(1, Math.min(rows.outputs, Math.floor(limits.outputs / columns.outputs), within));
  const bands = Math.ceil(rows.outputs / most);
  const bandRows = Math.ceil(rows.outputs / bands);

  // Neighbouring columns of the kernel see neighbouring numbers, which then are one run.
  const isRun = columns.taps.every(({ offset }, i) => offset === columns.taps[0].offset + i);
  const runs = isRun ? columns.taps.slice(0, 1) : columns.taps;
  const offsets = rows.taps.flatMap((row) =>
    runs.map((column) => (row.offset * bandColumns + column.offset) * channels * 4),
  );
  const places = rows.taps.flatMap((row) =>
    columns.taps.map((column) => row.place * kernelColumns + column.place),
  );
  const length = isRun ? columns.taps.length * channels : channels;
  return {
    words: [
      0,
      rows.size,
      columns.size,
      channels,
      rows.before,
      columns.before,
      rows.stride,
      columns.stride,
      reachOf(rows),
      reachOf(columns),
      rows.outputs,
      columns.outputs,
      bandRows,
      isPadded ? 1 : 0,
      bandColumns,
      offsets.length,
      0,
      length,
    ],
    offsets,
    places,
    segments: offsets.length,
    length,
    bands: Math.ceil(rows.outputs / bandRows),
    bandRows,
    copyBytes: isPadded ? ((bandRows - 1) * rows.stride + reachOf(rows)) * line : 0,
  };
}
