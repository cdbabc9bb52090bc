import { Matrix } from 'ml-matrix';
import type { DeepLinear } from './deep-linear.js';

/** f, and f′ in terms of y = f(a). */
export interface Activation {
  readonly value: (a: number) => number;
  readonly derivative: (y: number) => number;
}

export const activations = {
  tanh: { value: Math.tanh, derivative: (y) => 1 - y * y },
  relu: { value: (a) => Math.max(0, a), derivative: (y) => (y > 0 ? 1 : 0) },
} as const satisfies Record<string, Activation>;

const mapped = (matrix: Matrix, of: (value: number) => number): Matrix =>
  Matrix.from1DArray(matrix.rows, matrix.columns, matrix.to1DArray().map(of));

/**
 * One step of DFA on ½‖y − ŷ‖²/P for a net with hidden layers y_l = f(W_l y_{l−1}) and a linear output:
 * ΔW_l = (η/P) [F_l e ⊙ f′(a_l)] y_{l−1}ᵀ and ΔW_L = (η/P) e y_{L−1}ᵀ with e = y − ŷ. Examples are columns. Returns
 * the net after it.
 */
export function stepDeep(
  { weights, feedback }: DeepLinear,
  { value, derivative }: Activation,
  examples: { readonly x: Matrix; readonly y: Matrix },
  learningRate: number,
): DeepLinear {
  const outputs = [examples.x];
  weights.forEach((weight, l) => {
    const a = weight.mmul(outputs[l]);
    outputs.push(l < feedback.length ? mapped(a, value) : a);
  });
  const error = Matrix.sub(examples.y, outputs[weights.length]).mul(learningRate / examples.x.columns);
  return {
    feedback,
    weights: weights.map((weight, l) => {
      const delta =
        l < feedback.length ? Matrix.mul(feedback[l].mmul(error), mapped(outputs[l + 1], derivative)) : error;
      return Matrix.add(weight, delta.mmul(outputs[l].transpose()));
    }),
  };
}
