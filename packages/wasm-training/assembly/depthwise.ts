// Depthwise convolutions: each channel has a window of its own, so that there is no product of matrices in them. Four
// channels at a time are a vector; with several outputs a channel, the input's numbers are spread over the lanes.
import { reads, writes } from './effects';
import { begin, multiplyAdd, storeFirst } from './simd';

/** Written by TypeScript, word by word: see src/depthwise.ts. */
@unmanaged
class Depthwise {
  rows: i32;
  columns: i32;
  channels: i32;
  outRows: i32;
  outColumns: i32;
  /** Outputs of each channel. */
  multiplier: i32;
  kernelRows: i32;
  kernelColumns: i32;
  strideRows: i32;
  strideColumns: i32;
  dilationRows: i32;
  dilationColumns: i32;
  top: i32;
  left: i32;
}

/** Four outputs' inputs: `output` is the first's number among channels · multiplier. */
// @ts-ignore: decorator
@inline
function inputsOf(pixel: usize, output: i32, multiplier: i32): v128 {
  if (multiplier == 1) return v128.load(pixel + (<usize>output << 2));
  let value = v128.load32_splat(pixel + (<usize>(output / multiplier) << 2));
  value = f32x4.replace_lane(value, 1, f32.load(pixel + (<usize>((output + 1) / multiplier) << 2)));
  value = f32x4.replace_lane(value, 2, f32.load(pixel + (<usize>((output + 2) / multiplier) << 2)));
  return f32x4.replace_lane(value, 3, f32.load(pixel + (<usize>((output + 3) / multiplier) << 2)));
}

/** y[n, i, j, o] = f(Σ x[n, i·s + k·d − top, …, o / m]·K[k, l, o] + bias[o]); the activation follows on its own. */
export function depthwise(
  x: reads,
  kernel: reads,
  bias: reads,
  y: writes,
  images: i32,
  shapeAt: reads,
  part: i32,
  parts: i32,
): void {
  const shape = changetype<Depthwise>(shapeAt);
  const pixel = <usize>shape.channels << 2;
  const outputs = shape.channels * shape.multiplier;
  const outPixel = <usize>outputs << 2;
  const lines = images * shape.outRows;
  const last = begin(part + 1, parts, lines, 1);
  for (let line = begin(part, parts, lines, 1); line < last; line++) {
    const image = x + <usize>(line / shape.outRows * shape.rows * shape.columns) * pixel;
    const firstRow = (line % shape.outRows) * shape.strideRows - shape.top;
    let to = y + <usize>(line * shape.outColumns) * outPixel;
    for (let out = 0; out < shape.outColumns; out++, to += outPixel) {
      const firstColumn = out * shape.strideColumns - shape.left;
      for (let output = 0; output < outputs; output += 4) {
        let sum = bias ? v128.load(bias + (<usize>output << 2)) : f32x4.splat(0);
        let weights = kernel + (<usize>output << 2);
        for (let k = 0; k < shape.kernelRows; k++) {
          const row = firstRow + k * shape.dilationRows;
          for (let l = 0; l < shape.kernelColumns; l++, weights += outPixel) {
            const column = firstColumn + l * shape.dilationColumns;
            if (row < 0 || row >= shape.rows || column < 0 || column >= shape.columns) continue;
            const from = image + <usize>(row * shape.columns + column) * pixel;
            sum = multiplyAdd(inputsOf(from, output, shape.multiplier), v128.load(weights), sum);
          }
        }
        storeFirst(to + (<usize>output << 2), sum, outputs - output);
      }
    }
  }
}

/** Adds four outputs' numbers to those of their channels, as many as there are. */
// @ts-ignore: decorator
@inline
function addToChannels(pixel: usize, value: v128, output: i32, outputs: i32, multiplier: i32): void {
  if (multiplier == 1) {
    const at = pixel + (<usize>output << 2);
    storeFirst(at, f32x4.add(v128.load(at), value), outputs - output);
    return;
  }
  const lanes = min(4, outputs - output);
  for (let lane = 0; lane < lanes; lane++) {
    const at = pixel + (<usize>((output + lane) / multiplier) << 2);
    f32.store(at, f32.load(at) + f32x4.extract_lane(value, 0));
    value = v128.shuffle<i32>(value, value, 1, 2, 3, 0);
  }
}

/** result [N, h, w, c]: the signal at x, given δ at y. */
export function depthwiseInputGradient(
  delta: reads,
  kernel: reads,
  result: writes,
  images: i32,
  shapeAt: reads,
  part: i32,
  parts: i32,
): void {
  const shape = changetype<Depthwise>(shapeAt);
  const pixel = <usize>shape.channels << 2;
  const outputs = shape.channels * shape.multiplier;
  const outPixel = <usize>outputs << 2;
  const imageBytes = <usize>(shape.rows * shape.columns) * pixel;
  const last = begin(part + 1, parts, images, 1);
  for (let image = begin(part, parts, images, 1); image < last; image++) {
    const start = result + <usize>image * imageBytes;
    memory.fill(start, 0, imageBytes);
    let from = delta + <usize>(image * shape.outRows * shape.outColumns) * outPixel;
    for (let i = 0; i < shape.outRows; i++) {
      for (let j = 0; j < shape.outColumns; j++, from += outPixel) {
        let weights = kernel;
        for (let k = 0; k < shape.kernelRows; k++) {
          const row = i * shape.strideRows + k * shape.dilationRows - shape.top;
          for (let l = 0; l < shape.kernelColumns; l++, weights += outPixel) {
            const column = j * shape.strideColumns + l * shape.dilationColumns - shape.left;
            if (row < 0 || row >= shape.rows || column < 0 || column >= shape.columns) continue;
            const to = start + <usize>(row * shape.columns + column) * pixel;
            for (let output = 0; output < outputs; output += 4) {
              const at = <usize>output << 2;
              const value = f32x4.mul(v128.load(from + at), v128.load(weights + at));
              addToChannels(to, value, output, outputs, shape.multiplier);
            }
          }
        }
      }
    }
  }
}

/** partial[block, k, l, o] ← Σ x·δ over the images of a block; the blocks are summed in their order afterwards. */
export function depthwiseKernelGradient(
  x: reads,
  delta: reads,
  partial: writes,
  blocks: i32,
  images: i32,
  shapeAt: reads,
  part: i32,
  parts: i32,
): void {
  const shape = changetype<Depthwise>(shapeAt);
  const pixel = <usize>shape.channels << 2;
  const outputs = shape.channels * shape.multiplier;
  const outPixel = <usize>outputs << 2;
  const size = <usize>(shape.kernelRows * shape.kernelColumns) * outPixel;
  const lastBlock = begin(part + 1, parts, blocks, 1);
  for (let block = begin(part, parts, blocks, 1); block < lastBlock; block++) {
    const first = begin(block, blocks, images, 1);
    const last = begin(block + 1, blocks, images, 1);
    let to = partial + <usize>block * size;
    for (let k = 0; k < shape.kernelRows; k++) {
      for (let l = 0; l < shape.kernelColumns; l++, to += outPixel) {
        for (let output = 0; output < outputs; output += 4) {
          let sum = f32x4.splat(0);
          for (let image = first; image < last; image++) {
            for (let i = 0; i < shape.outRows; i++) {
              const row = i * shape.strideRows + k * shape.dilationRows - shape.top;
              if (row < 0 || row >= shape.rows) continue;
              const signals = delta + <usize>((image * shape.outRows + i) * shape.outColumns) * outPixel;
              const inputs = x + <usize>((image * shape.rows + row) * shape.columns) * pixel;
              for (let j = 0; j < shape.outColumns; j++) {
                const column = j * shape.strideColumns + l * shape.dilationColumns - shape.left;
                if (column < 0 || column >= shape.columns) continue;
                const input = inputsOf(inputs + <usize>column * pixel, output, shape.multiplier);
                const signal = v128.load(signals + <usize>j * outPixel + (<usize>output << 2));
                sum = multiplyAdd(input, signal, sum);
              }
            }
          }
          storeFirst(to + (<usize>output << 2), sum, outputs - output);
        }
      }
    }
  }
}
