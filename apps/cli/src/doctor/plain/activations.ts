import type { ActivationName } from '@feedalign/backend';

const [seluScale, seluAlpha] = [1.0507009873554805, 1.6732632423543772];
const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));
const softplus = (a: number) => Math.log1p(Math.exp(a));

/** The error function, by the series of its product with exp(x²), whose terms all have one sign. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** The activations that take each number by itself. */
export const plainActivations: Readonly<
  Record<Exclude<ActivationName, 'linear' | 'softmax' | 'logSoftmax'>, (a: number) => number>
> = {
  relu: (a) => Math.max(0, a),
  relu6: (a) => Math.min(6, Math.max(0, a)),
  sigmoid,
  tanh: Math.tanh,
  elu: (a) => (a > 0 ? a : Math.expm1(a)),
  selu: (a) => seluScale * (a > 0 ? a : seluAlpha * Math.expm1(a)),
  softplus,
  softsign: (a) => a / (1 + Math.abs(a)),
  hardSigmoid: (a) => Math.min(1, Math.max(0, 0.2 * a + 0.5)),
  swish: (a) => a * sigmoid(a),
  mish: (a) => a * Math.tanh(softplus(a)),
  gelu: (a) => 0.5 * a * (1 + erf(a * Math.SQRT1_2)),
  gelu_new: (a) => 0.5 * a * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (a + 0.044715 * a ** 3))),
};
