/** The activations that kernels compute, as `assembly/activations.ts` numbers them. */
export const activationNumbers = {
  linear: 0,
  relu: 1,
  relu6: 2,
  sigmoid: 3,
  tanh: 4,
  elu: 5,
  selu: 6,
  softplus: 7,
  softsign: 8,
  hardSigmoid: 9,
  swish: 10,
} as const;

export type FastActivation = keyof typeof activationNumbers;

export const isFast = (name: string): name is FastActivation => Object.hasOwn(activationNumbers, name);
