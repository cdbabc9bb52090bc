import type { Tensor } from '@tensorflow/tfjs-core';
import { flaggedProduct, type ProductAttributes } from '../forms/product.js';
import { primitive } from '../primitive.js';

/** By whether A and whether B is transposed. */
const factors = ['m k', 'k m'].map((a) => ['k n', 'n k'].map((b) => ({ a, b, bias: 'n?' })));

/** y = f(A·B + bias) with A or B transposed at will: [m, k]·[k, n] → [m, n]. */
export const product = primitive(
  'Product',
  {
    takes: ({ transposeA, transposeB }: ProductAttributes) => factors[transposeA ? 1 : 0][transposeB ? 1 : 0],
  },
  flaggedProduct,
);

interface DenseKernelGradientInputs {
  readonly input: Tensor;
  readonly delta: Tensor;
}

/** ∂L/∂W = hᵀ·δ: h [m, in], δ [m, out] → [in, out]. */
export const denseKernelGradient = primitive(
  'DenseKernelGradient',
  {
    takes: { input: 'm in', delta: 'm out' },
    gives: ({ input, delta }: DenseKernelGradientInputs) => [
      input.shape[1] as number,
      delta.shape[1] as number,
    ],
  },
  ({ input, delta }): Tensor => product({ a: input, b: delta }, { transposeA: true }),
);

/** δ·Kᵀ: δ [m, out], K [in, out] → [m, in]. */
export const denseInputGradient = primitive(
  'DenseInputGradient',
  { takes: { delta: 'm out', kernel: 'in out' } },
  ({ delta, kernel }: { delta: Tensor; kernel: Tensor }): Tensor =>
    product({ a: delta, b: kernel }, { transposeB: true }),
);
