import {
  getKernel,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import {
  convolution3dInputGradientLoop,
  convolution3dKernelGradientLoop,
} from './corrections/convolution3d.js';
import { kernelOf, type Loop, type LoopBackend } from './corrections/numbers.js';
import { averagePoolGradientLoop, maxPoolGradientLoop, maxPoolLoop } from './corrections/pooling.js';
import { bilinearGradientLoop, nearestGradientLoop } from './corrections/resizing.js';
import { paddingInNumbers } from './corrections/same-padding.js';

/** Makes a kernel that is right of the one that tfjs registered. */
export type Correction = (stock: KernelFunc) => KernelFunc;

/** Corrected configurations bear this mark in tfjs' registry, whoever registered them. */
const mark = Symbol.for('feedalign.corrected');

/**
 * Puts a right kernel in the place of a stock one, and marks it.
 *
 * @returns whether there was a kernel to replace: none, when the backend's package was not imported yet
 */
export function correctKernel(kernelName: string, backendName: string, correction: Correction): boolean {
  const stock = getKernel(kernelName, backendName);
  if (!stock) return false;
  unregisterKernel(kernelName, backendName);
  registerKernel({ ...stock, kernelFunc: correction(stock.kernelFunc), [mark]: true } as KernelConfig);
  return true;
}

/** Whether the kernel registered under this name was put there by `correctKernel`. */
export const isCorrected = (kernelName: string, backendName: string): boolean =>
  mark in (getKernel(kernelName, backendName) ?? {});

// biome-ignore lint/suspicious/noExplicitAny: each loop knows its own attributes.
const looped = (loop: Loop<any>, ...backends: LoopBackend[]): Row => ({
  backends,
  correction: (backend) => kernelOf(loop, backend),
});
const padded = (isDepthwise: boolean): Row => ({
  backends: ['wasm'],
  correction: () => paddingInNumbers(isDepthwise),
});

interface Row {
  readonly backends: readonly LoopBackend[];
  readonly correction: (backend: LoopBackend) => Correction;
}

/** The kernels of tfjs 4.22 that compute wrong numbers, and where; tools/conformance/src/stock-faults says in which case. */
const corrections: Readonly<Record<string, Row>> = {
  AvgPoolGrad: looped(averagePoolGradientLoop, 'cpu', 'wasm'),
  AvgPool3DGrad: looped(averagePoolGradientLoop, 'cpu', 'wasm'),
  ResizeNearestNeighborGrad: looped(nearestGradientLoop, 'cpu', 'wasm'),
  ResizeBilinearGrad: looped(bilinearGradientLoop, 'cpu', 'wasm'),
  MaxPoolGrad: looped(maxPoolGradientLoop, 'wasm'),
  MaxPool3D: looped(maxPoolLoop, 'wasm'),
  MaxPool3DGrad: looped(maxPoolGradientLoop, 'cpu', 'wasm'),
  Conv3DBackpropInputV2: looped(convolution3dInputGradientLoop, 'wasm'),
  Conv3DBackpropFilterV2: looped(convolution3dKernelGradientLoop, 'wasm'),
  Conv2D: padded(false),
  FusedConv2D: padded(false),
  DepthwiseConv2dNative: padded(true),
  FusedDepthwiseConv2D: padded(true),
};

/**
 * Replaces the kernels of tfjs' cpu and wasm backends that compute wrong numbers by kernels that compute right ones.
 *
 * The new kernels are plain loops, or the stock kernel told the same in another way. A kernel that was corrected
 * before, here or by `@feedalign/wasm-training`, stays. A backend whose package is not imported yet has no kernels to
 * replace; call again after the import. `useBackend` calls this.
 *
 * @returns the kernels that this call replaced, as `backend/kernel`
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { correctStockKernels } from '@feedalign/backend';
 * correctStockKernels(); // from here on stock `model.fit` has the right gradients
 * ```
 */
export function correctStockKernels(): string[] {
  return Object.entries(corrections).flatMap(([kernelName, { backends, correction }]) =>
    backends
      .filter((backend) => !isCorrected(kernelName, backend))
      .filter((backend) => correctKernel(kernelName, backend, correction(backend)))
      .map((backend) => `${backend}/${kernelName}`),
  );
}
