// How the window of a convolution or a pooling moves over images: bands of output rows, and the rows of the image that
// a band needs, copied with zeros around them where the window reaches over the edge.

/** Written by TypeScript, word by word, in this order: see src/window.ts. Sizes in numbers, unless they say bytes. */
@unmanaged
export class Window {
  /** The images [N, height, width, channels]. */
  x: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Rows and columns before the first of the image that the window sees. */
  top: i32;
  left: i32;
  /** How far the window moves from one output to the next. */
  strideRows: i32;
  strideColumns: i32;
  /** What the window covers, in rows and columns of the image. */
  reachRows: i32;
  reachColumns: i32;
  /** Outputs of an image. */
  rows: i32;
  columns: i32;
  /** Output rows of a band. */
  bandRows: i32;
  /** Whether the window reaches over the edge, so that bands are copied. */
  isPadded: i32;
  /** Columns of a band's rows: those of the image, or of the copy. */
  bandColumns: i32;
  /** The places that the window looks at: `segments` runs of `length` numbers, each `offsets[i]` bytes from its corner. */
  segments: i32;
  offsets: usize;
  length: i32;
}

/** Bands of each image. */
// @ts-ignore: decorator
@inline
export function bandsOf(window: Window): i32 {
  return (window.rows + window.bandRows - 1) / window.bandRows;
}

/** Where the corner of the window for a band's first output lies; `copy` is filled when the image has to be padded. */
export function openBand(window: Window, image: i32, firstRow: i32, rows: i32, copy: usize): usize {
  const number = <usize>4;
  const rowBytes = <usize>(window.width * window.channels) * number;
  const start = window.x + <usize>(image * window.height) * rowBytes;
  const first = firstRow * window.strideRows - window.top;
  if (!window.isPadded) return start + <usize>first * rowBytes;

  const bandBytes = <usize>(window.bandColumns * window.channels) * number;
  const leftBytes = <usize>(window.left * window.channels) * number;
  const copied = <usize>(min(window.width, window.bandColumns - window.left) * window.channels) * number;
  const rightBytes = bandBytes - leftBytes - copied;
  const last = first + (rows - 1) * window.strideRows + window.reachRows;
  let to = copy;
  for (let row = first; row < last; row++, to += bandBytes) {
    if (row < 0 || row >= window.height) {
      memory.fill(to, 0, bandBytes);
    } else {
      memory.fill(to, 0, leftBytes);
      memory.copy(to + leftBytes, start + <usize>row * rowBytes, copied);
      memory.fill(to + leftBytes + copied, 0, rightBytes);
    }
  }
  return copy;
}
