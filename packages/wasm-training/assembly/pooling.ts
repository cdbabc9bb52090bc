// Pooling over rows, columns and depth, and its gradients. Images have one depth.
import { reads, writes } from './effects';
import { begin, storeFirst } from './simd';

/** Written by TypeScript, word by word: see src/pooling.ts. */
@unmanaged
class Pooling {
  channels: i32;
  depth: i32;
  rows: i32;
  columns: i32;
  outDepth: i32;
  outRows: i32;
  outColumns: i32;
  /** Of the window. */
  windowDepth: i32;
  windowRows: i32;
  windowColumns: i32;
  strideDepth: i32;
  strideRows: i32;
  strideColumns: i32;
  /** Places before the first of the image. */
  front: i32;
  top: i32;
  left: i32;
  /** Whether the largest of a window is wanted, or the mean. */
  isMax: i32;
}

/** A window's places along one axis, without those that are padding. */
// @ts-ignore: decorator
@inline
function firstPlace(out: i32, stride: i32, before: i32): i32 {
  return max(0, out * stride - before);
}

// @ts-ignore: decorator
@inline
function lastPlace(out: i32, stride: i32, before: i32, window: i32, size: i32): i32 {
  return min(size, out * stride - before + window);
}

/** y [N, d′, h′, w′, c]: the largest, or the mean, of each window of x [N, d, h, w, c]; padding does not count. */
export function pool(x: reads, y: writes, images: i32, poolingAt: reads, part: i32, parts: i32): void {
  const pooling = changetype<Pooling>(poolingAt);
  const channels = pooling.channels;
  const pixel = <usize>channels << 2;
  const lines = images * pooling.outDepth * pooling.outRows;
  const last = begin(part + 1, parts, lines, 1);
  for (let line = begin(part, parts, lines, 1); line < last; line++) {
    const outRow = line % pooling.outRows;
    const outLayer = (line / pooling.outRows) % pooling.outDepth;
    const image = x + <usize>(line / pooling.outRows / pooling.outDepth * pooling.depth * pooling.rows * pooling.columns) * pixel;
    const d0 = firstPlace(outLayer, pooling.strideDepth, pooling.front);
    const d1 = lastPlace(outLayer, pooling.strideDepth, pooling.front, pooling.windowDepth, pooling.depth);
    const r0 = firstPlace(outRow, pooling.strideRows, pooling.top);
    const r1 = lastPlace(outRow, pooling.strideRows, pooling.top, pooling.windowRows, pooling.rows);
    let to = y + <usize>(line * pooling.outColumns) * pixel;
    for (let out = 0; out < pooling.outColumns; out++, to += pixel) {
      const c0 = firstPlace(out, pooling.strideColumns, pooling.left);
      const c1 = lastPlace(out, pooling.strideColumns, pooling.left, pooling.windowColumns, pooling.columns);
      const share = f32x4.splat(<f32>1 / <f32>((d1 - d0) * (r1 - r0) * (c1 - c0)));
      for (let channel = 0; channel < channels; channel += 4) {
        let result = f32x4.splat(pooling.isMax ? -Infinity : 0);
        for (let d = d0; d < d1; d++) {
          for (let r = r0; r < r1; r++) {
            let at = image + <usize>((d * pooling.rows + r) * pooling.columns + c0) * pixel + (<usize>channel << 2);
            for (let c = c0; c < c1; c++, at += pixel) {
              const value = v128.load(at);
              result = pooling.isMax ? f32x4.max(result, value) : f32x4.add(result, value);
            }
          }
        }
        if (!pooling.isMax) result = f32x4.mul(result, share);
        storeFirst(to + (<usize>channel << 2), result, channels - channel);
      }
    }
  }
}

/**
 * result [N, d, h, w, c] takes the signal [N, d′, h′, w′, c] of each window: at the first of its largest elements, or in
 * equal shares at all of them that are not padding.
 */
export function poolGradient(
  signal: reads,
  x: reads,
  result: writes,
  images: i32,
  poolingAt: reads,
  part: i32,
  parts: i32,
): void {
  const pooling = changetype<Pooling>(poolingAt);
  const channels = pooling.channels;
  const pixel = <usize>channels << 2;
  const imageBytes = <usize>(pooling.depth * pooling.rows * pooling.columns) * pixel;
  const outputs = pooling.outDepth * pooling.outRows * pooling.outColumns;
  const last = begin(part + 1, parts, images, 1);
  for (let image = begin(part, parts, images, 1); image < last; image++) {
    const start = <usize>image * imageBytes;
    memory.fill(result + start, 0, imageBytes);
    let from = signal + <usize>(image * outputs) * pixel;
    for (let outLayer = 0; outLayer < pooling.outDepth; outLayer++) {
      const d0 = firstPlace(outLayer, pooling.strideDepth, pooling.front);
      const d1 = lastPlace(outLayer, pooling.strideDepth, pooling.front, pooling.windowDepth, pooling.depth);
      for (let outRow = 0; outRow < pooling.outRows; outRow++) {
        const r0 = firstPlace(outRow, pooling.strideRows, pooling.top);
        const r1 = lastPlace(outRow, pooling.strideRows, pooling.top, pooling.windowRows, pooling.rows);
        for (let out = 0; out < pooling.outColumns; out++, from += pixel) {
          const c0 = firstPlace(out, pooling.strideColumns, pooling.left);
          const c1 = lastPlace(out, pooling.strideColumns, pooling.left, pooling.windowColumns, pooling.columns);
          const share = f32x4.splat(<f32>1 / <f32>((d1 - d0) * (r1 - r0) * (c1 - c0)));
          for (let channel = 0; channel < channels; channel += 4) {
            const column = start + (<usize>channel << 2);
            const lanes = channels - channel;
            const given = v128.load(from + (<usize>channel << 2));
            // Where the largest is: the place's number, in each lane.
            let where = i32x4.splat(0);
            if (pooling.isMax) {
              const corner = <usize>((d0 * pooling.rows + r0) * pooling.columns + c0) * pixel;
              let largest = v128.load(x + column + corner);
              let place = 0;
              for (let d = d0; d < d1; d++) {
                for (let r = r0; r < r1; r++) {
                  let at = column + <usize>((d * pooling.rows + r) * pooling.columns + c0) * pixel;
                  for (let c = c0; c < c1; c++, at += pixel, place++) {
                    const value = v128.load(x + at);
                    const isLarger = f32x4.gt(value, largest);
                    largest = v128.bitselect(value, largest, isLarger);
                    where = v128.bitselect(i32x4.splat(place), where, isLarger);
                  }
                }
              }
            }
            const each = pooling.isMax ? given : f32x4.mul(given, share);
            let place = 0;
            for (let d = d0; d < d1; d++) {
              for (let r = r0; r < r1; r++) {
                let at = result + column + <usize>((d * pooling.rows + r) * pooling.columns + c0) * pixel;
                for (let c = c0; c < c1; c++, at += pixel, place++) {
                  const isHere = pooling.isMax ? i32x4.eq(where, i32x4.splat(place)) : i32x4.splat(-1);
                  storeFirst(at, f32x4.add(v128.load(at), v128.and(each, isHere)), lanes);
                }
              }
            }
          }
        }
      }
    }
  }
}
