import { FeedalignError } from '@feedalign/core';
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';

/** Kernels that take the place of tfjs' own, or of none, by name: given what was there before, the new one. */
export type Replacements = (engine: Engine) => Readonly<Record<string, (stock?: KernelFunc) => KernelFunc>>;

/**
 * A kernel that serves some calls; it returns undefined for those that it does not serve (other types than float32, other
 * data formats, …), which go on to the stock kernel.
 */
export const serving =
  <I = NamedTensorInfoMap, A = NamedAttrMap>(
    name: string,
    serve: (inputs: I, attributes: A) => TensorInfo | undefined,
  ) =>
  (stock?: KernelFunc): KernelFunc =>
  (given) => {
    const result = serve(given.inputs as I, given.attrs as A);
    if (result) return result;
    if (!stock) throw new Error(`Kernel '${name}' on wasm takes float32 and channels last only.`);
    return stock(given);
  };

export const isFloat = (...tensors: (TensorInfo | undefined)[]) =>
  tensors.every((tensor) => !tensor || tensor.dtype === 'float32');

/**
 * Refuses a tensor whose numbers are not as many as a kernel would read: tfjs' own kernels go on beyond its end.
 *
 * @param role what it is; nothing is refused where there is none
 * @throws FeedalignError `shape-mismatch`
 */
export function requireShape(
  kernel: string,
  role: string,
  tensor: TensorInfo | undefined | null,
  expected: readonly number[],
): void {
  if (
    !tensor ||
    (tensor.shape.length === expected.length && expected.every((size, i) => size === tensor.shape[i]))
  ) {
    return;
  }
  throw new FeedalignError(
    'shape-mismatch',
    `The kernel '${kernel}' was given a '${role}' of shape [${tensor.shape.join(', ')}].`,
    `It takes [${expected.join(', ')}].`,
  );
}
