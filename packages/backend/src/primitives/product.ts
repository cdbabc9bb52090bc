import { fused, matMul, type Tensor, type Tensor1D, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import { type ActivationName, activations } from '../activations.js';
import { primitive } from '../primitive.js';

export interface ProductInputs {
  /** [m, k], or [k, m] when it is transposed. */
  readonly a: Tensor;
  /** [k, n], or [n, k] when it is transposed. */
  readonly b: Tensor;
  /** [n] */
  readonly bias?: Tensor;
}

export interface ProductAttributes {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly activation?: ActivationName;
}

const form =
  (multiply: (inputs: ProductInputs, attributes: ProductAttributes, fuse?: fused.Activation) => Tensor) =>
  (inputs: ProductInputs, attributes: ProductAttributes): Tensor => {
    const activation = activations[attributes.activation ?? 'linear'];
    return activation.fused
      ? multiply(inputs, attributes, activation.fused)
      : activation.forward(multiply(inputs, attributes));
  };

const flagged = form(({ a, b, bias }, { transposeA = false, transposeB = false }, activation = 'linear') =>
  bias || activation !== 'linear'
    ? fused.matMul({
        a: a as Tensor2D,
        b: b as Tensor2D,
        transposeA,
        transposeB,
        bias: bias as Tensor1D,
        activation,
      })
    : matMul(a as Tensor2D, b as Tensor2D, transposeA, transposeB),
);

/**
 * y = f(A·B + bias) with A or B transposed at will: [m, k]·[k, n] → [m, n].
 *
 * On wasm, transposed operands are copied first: tfjs' kernel takes a plain loop for them, ten times slower
 * than the copy and the fast product together.
 */
export const product = primitive('Product', flagged, {
  wasm: ({ a, b, bias }, { transposeA, transposeB, activation }) =>
    flagged({ a: transposeA ? transpose(a) : a, b: transposeB ? transpose(b) : b, bias }, { activation }),
});

/** ∂L/∂W = hᵀ·δ: h [m, in], δ [m, out] → [in, out]. */
export const denseKernelGradient = primitive(
  'DenseKernelGradient',
  ({ input, delta }: { input: Tensor; delta: Tensor }): Tensor =>
    product({ a: input, b: delta }, { transposeA: true }),
);

/** δ·Kᵀ: δ [m, out], K [in, out] → [m, in]. */
export const denseInputGradient = primitive(
  'DenseInputGradient',
  ({ delta, kernel }: { delta: Tensor; kernel: Tensor }): Tensor =>
    product({ a: delta, b: kernel }, { transposeB: true }),
);
