import { backend_util, engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingAttributes } from '../primitives/pooling-attributes.js';

/** The part of tfjs' WASM backend that loops over its memory need. */
interface WasmMemory {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
}

/** Max pooling's gradient as a plain loop over the WASM memory: no copy, any sign of the inputs. */
export function maxPoolGradientOnWasm(
  { signal, x }: { signal: Tensor; x: Tensor; y: Tensor },
  { poolSize, strides, padding }: PoolingAttributes,
): Tensor {
  const memory = engine().backend as unknown as WasmMemory;
  const shape = x.shape as [number, number, number, number];
  const out = memory.makeOutput([...shape], 'float32');
  // Views are taken after the output was made: making it may have grown the memory.
  routeToMaxima(
    { signal: memory.typedArrayFromHeap(signal), x: memory.typedArrayFromHeap(x) },
    memory.typedArrayFromHeap(out),
    shape,
    { poolSize, strides, padding },
  );
  return engine().makeTensorFromTensorInfo(out);
}

/** The same over plain arrays: `result` [N, h, w, c] takes the signal [N, h′, w′, c] of each window at its first maximum. */
function routeToMaxima(
  { signal, x }: { signal: Float32Array; x: Float32Array },
  result: Float32Array,
  shape: readonly [number, number, number, number],
  { poolSize, strides, padding }: PoolingAttributes,
): void {
  const [batch, height, width, channels] = shape;
  const info = backend_util.computePool2DInfo([...shape], [...poolSize], [...strides], 1, padding);
  result.fill(0);
  let window = 0;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < info.outHeight; row++) {
      const top = row * strides[0] - info.padInfo.top;
      for (let column = 0; column < info.outWidth; column++) {
        const left = column * strides[1] - info.padInfo.left;
        for (let channel = 0; channel < channels; channel++, window++) {
          let best = -1;
          for (let i = Math.max(0, top); i < Math.min(height, top + poolSize[0]); i++) {
            for (let j = Math.max(0, left); j < Math.min(width, left + poolSize[1]); j++) {
              const at = ((n * height + i) * width + j) * channels + channel;
              if (best < 0 || x[at] > x[best]) best = at;
            }
          }
          if (best >= 0) result[best] += signal[window];
        }
      }
    }
  }
}
