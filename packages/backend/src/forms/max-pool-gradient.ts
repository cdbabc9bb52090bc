import { engine, type Tensor } from '@tensorflow/tfjs-core';
import type { PoolingAttributes } from '../primitives/pooling-attributes.js';
import { runLoop } from '../tfjs/corrections/numbers.js';
import { maxPoolGradientLoop } from '../tfjs/corrections/pooling.js';

/**
 * Max pooling's gradient as a plain loop over the WASM memory: tfjs' kernel there starts its search at the smallest
 * positive number, so that a window without a positive element gives its signal to element 0.
 */
export function maxPoolGradientOnWasm(
  { signal, x }: { signal: Tensor; x: Tensor; y: Tensor },
  { poolSize, strides, padding }: PoolingAttributes,
): Tensor {
  const attributes = { filterSize: [...poolSize], strides: [...strides], pad: padding };
  const inputs = { dy: signal, input: x };
  const result = runLoop(maxPoolGradientLoop, 'wasm', engine().backend, inputs, attributes);
  return engine().makeTensorFromTensorInfo(result);
}
