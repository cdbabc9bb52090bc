import {
  getKernel,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { completeTensors } from './corrections/chained.js';
import {
  convolution3dInputGradientLoop,
  convolution3dKernelGradientLoop,
  convolution3dLoop,
} from './corrections/convolution3d.js';
import { fitting } from './corrections/fitting.js';
import { correctStockGradients } from './corrections/gradients.js';
import { batchNormLoop, isOffTheLastAxis } from './corrections/normalization.js';
import { kernelOf, type Loop, type LoopBackend } from './corrections/numbers.js';
import { oneHotOfType } from './corrections/one-hot.js';
import {
  averagePoolGradientLoop,
  averagePoolLoop,
  maxPoolGradientLoop,
  maxPoolLoop,
} from './corrections/pooling.js';
import { bilinearGradientLoop, nearestGradientLoop } from './corrections/resizing.js';
import { paddingInNumbers } from './corrections/same-padding.js';
import { whereSkipping } from './corrections/volumes.js';

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

const both = ['cpu', 'wasm'] as const;

// biome-ignore lint/suspicious/noExplicitAny: each loop knows its own attributes.
type AnyLoop = Loop<any>;

/** A loop in the place of the kernel. */
const looped =
  (loop: AnyLoop): Correcting =>
  (backend) =>
    kernelOf(loop, backend);
/** A loop where `same` skips some of a volume, and on these backends everywhere. */
const skipping =
  (loop: AnyLoop, ...everywhere: LoopBackend[]): Correcting =>
  (backend) =>
    everywhere.includes(backend) ? kernelOf(loop, backend) : whereSkipping(kernelOf(loop, backend));
/** What stands before a kernel that a window has to fit for. */
const fitted =
  (name: string, then?: Correcting): Correcting =>
  (backend) =>
  (stock) =>
    fitting(name)(then ? then(backend)(stock) : stock);
/** Padding in numbers, on wasm. */
const padded =
  (isDepthwise: boolean): Correcting =>
  (backend) =>
    backend === 'wasm' ? paddingInNumbers(isDepthwise) : (stock) => stock;

type Correcting = (backend: LoopBackend) => Correction;

interface Row {
  readonly backends: readonly LoopBackend[];
  readonly correcting: Correcting;
}
const on = (backends: readonly LoopBackend[], correcting: Correcting): Row => ({ backends, correcting });

/** The kernels of tfjs 4.22 that compute wrong numbers, and where; tools/conformance/src/stock-faults says in which case. */
const corrections: Readonly<Record<string, Row>> = {
  AvgPool: on(both, fitted('average pooling')),
  AvgPool3D: on(both, fitted('average pooling', skipping(averagePoolLoop))),
  AvgPoolGrad: on(both, looped(averagePoolGradientLoop)),
  AvgPool3DGrad: on(both, looped(averagePoolGradientLoop)),
  FusedBatchNorm: on(both, (backend) =>
    kernelOf(batchNormLoop, backend, (inputs) => Object.entries(inputs).some(isSpread)),
  ),
  OneHot: on(['wasm'], () => oneHotOfType),
  ResizeNearestNeighborGrad: on(both, looped(nearestGradientLoop)),
  ResizeBilinearGrad: on(both, looped(bilinearGradientLoop)),
  MaxPool: on(both, fitted('max pooling')),
  MaxPoolGrad: on(['wasm'], looped(maxPoolGradientLoop)),
  MaxPool3D: on(both, fitted('max pooling', skipping(maxPoolLoop, 'wasm'))),
  MaxPool3DGrad: on(both, looped(maxPoolGradientLoop)),
  Conv2D: on(both, fitted('convolution', padded(false))),
  Conv3D: on(both, fitted('convolution', skipping(convolution3dLoop))),
  Conv3DBackpropInputV2: on(both, skipping(convolution3dInputGradientLoop, 'wasm')),
  Conv3DBackpropFilterV2: on(both, skipping(convolution3dKernelGradientLoop, 'wasm')),
  DepthwiseConv2dNative: on(both, fitted('depthwise convolution', padded(true))),
  FusedConv2D: on(both, fitted('convolution', padded(false))),
  FusedDepthwiseConv2D: on(both, fitted('depthwise convolution', padded(true))),
};

const isSpread = ([name, tensor]: [string, TensorInfo | null]) =>
  name !== 'x' && tensor !== null && tensor !== undefined && isOffTheLastAxis(tensor);

/**
 * Replaces the kernels of tfjs' cpu and wasm backends that compute wrong numbers by kernels that compute right ones.
 *
 * The new kernels are plain loops, or the stock kernel told the same in another way. A kernel that was corrected
 * before, here or by `@feedalign/wasm-training`, stays. A backend whose package is not imported yet has no kernels to
 * replace; call again after the import. So do gradients that tfjs has wrong on every backend. `useBackend` calls this, and
 * `trace` of `@feedalign/layers`.
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
  completeTensors();
  correctStockGradients();
  return Object.entries(corrections).flatMap(([kernelName, { backends, correcting }]) =>
    backends
      .filter((backend) => !isCorrected(kernelName, backend))
      .filter((backend) => correctKernel(kernelName, backend, correcting(backend)))
      .map((backend) => `${backend}/${kernelName}`),
  );
}
